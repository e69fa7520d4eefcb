"""A log that strangers can't flood."""

import logging
import threading
import time
from typing import Any

INTERVAL = 60.0


class RateLimitedLog(logging.LoggerAdapter[logging.Logger]):
    """Writes at most a line a minute, and says how many it left out."""

    def __init__(self, log: logging.Logger) -> None:
        super().__init__(log, {})
        self._lock = threading.Lock()
        self._next = 0.0
        self._left_out = 0

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a line, unless there was one within the last minute."""
        with self._lock:
            left_out = self._left_out
            is_due = time.monotonic() >= self._next
            if is_due:
                self._next, self._left_out = time.monotonic() + INTERVAL, 0
            else:
                self._left_out += 1
        if is_due:
            more = f" ({left_out} more since the last such line)" if left_out else ""
            self.logger.log(level, f"{msg}%s", *args, more, **kwargs)
