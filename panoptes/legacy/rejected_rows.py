"""Keeps the rows that can't be read, or not in full: in a file of JSON lines, or in the log."""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from panoptes.legacy.old_tables import Values

log = logging.getLogger(__name__)


class RejectedRows:
    """A file that is made with its first row; without a path, each row is a line of the log.

    A line has `table`, `taken` (whether the rest of the row was taken over), `problems` and the
    `row` as it was.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def keep(self, table: str, row: Values, problems: Iterable[str], *, taken: bool) -> None:
        """Keep a row, with what can't be read of it."""
        self.count += 1
        rejected = {"table": table, "taken": taken, "problems": list(problems), "row": row}
        line = json.dumps(rejected, default=_as_text)
        if self.path is None:
            log.warning("A row could not be taken over, or not in full: %s", line)
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self._file.write(f"{line}\n")

    def close(self) -> None:
        """Finish the file, if there is one."""
        if self._file is not None:
            self._file.close()


def _as_text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
