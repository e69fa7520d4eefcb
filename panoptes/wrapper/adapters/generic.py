"""Any command: one job, whose log is the end of what it prints, and which ends as it does."""

import threading
from functools import partial
from pathlib import Path

from panoptes.sender.secrets import without_secrets
from panoptes.sender.tails import LOG_TAIL, Tail
from panoptes.wrapper.adapter import STDERR, STDOUT, End, Listener, Plan, Tell, Wishes
from panoptes.wrapper.command import Command

JOB = "1"
# What people see as the name of the log; with its brackets, pages don't take it for a file.
OUTPUT = "<output>"
# Only the end is kept, and it is cut once it is so long.
MOST_KEPT = 4 * LOG_TAIL


def plan_any(command: Command, _wishes: Wishes) -> Plan:
    """Return how any command is watched."""
    listen = partial(CommandListener, command)
    # A folder may hold several programs, and many folders hold a `make`.
    name = f"{_folder()}/{command.title}"
    return Plan(command.words, "generic", listen, name, reads=STDOUT | STDERR)


def _folder() -> str:
    try:
        return Path.cwd().name
    except OSError:  # It was removed.
        return ""


class CommandListener(Listener):
    """Tells of a command as of a run with one job."""

    def __init__(self, command: Command, tell: Tell, wishes: Wishes) -> None:
        super().__init__(tell, wishes)
        self._rule = command.title
        self._kept, self._size = bytearray(), 0
        self._lock = threading.Lock()
        shown = without_secrets(command.words)
        self.tell({"event": "run", "jobs": 1, "rules": {self._rule: 1}})
        job = {"event": "job", "job": JOB, "rule": self._rule, "status": "running"}
        self.tell({**job, "command": shown, "log": [OUTPUT]})

    def take(self, data: bytes) -> None:
        """Keep the end of what the command prints."""
        with self._lock:
            self._kept += data
            self._size += len(data)
            if len(self._kept) > MOST_KEPT:
                del self._kept[:-LOG_TAIL]

    def read_log(self, job: str, path: str, offset: int, most: int) -> Tail | None:
        """Return what the command printed from an offset on, as far as that is kept."""
        if (job, path) != (JOB, OUTPUT):
            return None
        with self._lock:
            size, first = self._size, self._size - len(self._kept)
            begin = max(offset, first) if offset <= size else first
            return Tail(begin, bytes(self._kept[begin - first :][:most]), size)

    def ended(self, end: End) -> None:
        """Tell how the job, and the run with it, ended."""
        has_failed = end.status != 0
        if self.wishes.logs == "all" or (has_failed and self.wishes.logs == "failed"):
            first = max(self._size - LOG_TAIL, 0)
            tail = self.read_log(JOB, OUTPUT, first, LOG_TAIL)
            if tail is not None and tail.data:
                self.tell_tail(JOB, OUTPUT, tail)
        status = "error" if has_failed else "done"
        error = _error(self._rule, end) if has_failed else None
        job = {"event": "job", "job": JOB, "rule": self._rule, "status": status}
        self.tell({**job, "exit_status": end.status, "error": error})
        self.tell({"event": "end", "status": status, "error": error})


def _error(rule: str, end: End) -> str:
    if end.signal is not None:
        return f"{rule} was ended by {end.signal_name}."
    return f"{rule} ended with exit status {end.status}."
