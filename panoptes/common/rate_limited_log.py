"""A log that strangers can't flood."""

import logging
import threading
import time

INTERVAL = 60.0


class RateLimitedLog:
    """Writes at most a line a minute, and says how many it left out."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._next = 0.0
        self._left_out = 0

    def warning(self, text: str, *values: object) -> None:
        """Log a warning, unless there was a line within the last minute."""
        self._write(logging.WARNING, text, *values)

    def error(self, text: str, *values: object) -> None:
        """Log an error, unless there was a line within the last minute."""
        self._write(logging.ERROR, text, *values)

    def exception(self, text: str, *values: object) -> None:
        """Log the error that is being handled with its traceback, under the same condition."""
        self._write(logging.ERROR, text, *values, exc_info=True)

    def _write(self, level: int, text: str, *values: object, exc_info: bool = False) -> None:
        with self._lock:
            left_out = self._left_out
            is_due = time.monotonic() >= self._next
            if is_due:
                self._next, self._left_out = time.monotonic() + INTERVAL, 0
            else:
                self._left_out += 1
        if is_due:
            more = f" ({left_out} more since the last such line)" if left_out else ""
            self._log.log(level, f"{text}%s", *values, more, exc_info=exc_info)
