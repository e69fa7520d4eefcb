"""What a running job writes into a log that somebody has open at the server, sent as it grows."""

import time
from collections.abc import Callable
from typing import Any

from .tails import Tail

# So many logs at once, and so many bytes of all of them in a second.
MOST_OPEN = 10
OPEN_BYTES = 65_536

# A job, the path of a log of its, an offset in bytes, and how many bytes there may be at most.
Read = Callable[[Any, str, int, int], Tail | None]


class OpenLogs:
    """Sends what is new in the logs that answers of a server name.

    `read` returns it, None where a log isn't one of the run's; `send` takes a job, a path and it.
    """

    def __init__(self, read: Read, send: Callable[[Any, str, Tail], None]) -> None:
        self._read, self._send = read, send
        self._allowed, self._allowed_at = float(OPEN_BYTES), time.monotonic()

    def hear(self, answer: dict[str, Any]) -> bool:
        """Send what an answer to a batch asks for; return whether anybody has a log open."""
        wanted = answer.get("logs")
        if not isinstance(wanted, list):
            return False
        for each in wanted[:MOST_OPEN]:
            self._read_on(each)
        return bool(wanted)

    def _read_on(self, wanted: Any) -> None:
        if not isinstance(wanted, dict):
            return
        job, path, offset = wanted.get("job"), wanted.get("path"), wanted.get("from")
        if not isinstance(path, str) or not isinstance(offset, int) or offset < 0:
            return
        now = time.monotonic()
        grown = self._allowed + (now - self._allowed_at) * OPEN_BYTES
        self._allowed, self._allowed_at = min(float(OPEN_BYTES), grown), now
        tail = self._read(job, path, offset, int(self._allowed)) if self._allowed >= 1 else None
        if tail is not None and tail.data:
            self._allowed -= len(tail.data)
            self._send(job, path, tail)
