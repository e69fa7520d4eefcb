"""What is imported: a file, or a copy of what comes from standard input."""

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from panoptes.cli.imports.lines import lines_of

# A file is known by its beginning.
BEGINNING = 65_536
_PIECE = 2**20
Event = Mapping[str, Any]


class NoSuchRun(Exception):
    """A file tells of no run; the message says why, as a sentence."""


@dataclass
class Source:
    """A file that may be read more than once, or a `copy` of standard input (`path` is None)."""

    path: Path | None
    copy: BinaryIO | None = None

    @property
    def shown(self) -> str:
        """What people call it."""
        return "standard input" if self.path is None else str(self.path)

    @property
    def stem(self) -> str | None:
        """Its name, without what follows a dot."""
        return None if self.path is None else self.path.name.partition(".")[0] or None

    def opened(self) -> AbstractContextManager[BinaryIO]:
        """Return the file, open at its beginning. Raises OSError."""
        if self.path is not None:
            return self.path.open("rb")
        assert self.copy is not None  # noqa: S101  # nosec B101  # One of both is there.
        self.copy.seek(0)
        return nullcontext(self.copy)

    def close(self) -> None:
        """Give the copy back."""
        if self.copy is not None:
            self.copy.close()

    def lines(self) -> Iterator[str]:
        """Yield its lines."""
        with self.opened() as file:
            yield from lines_of(file)

    def beginning(self) -> str:
        """Return its first lines."""
        with self.opened() as file:
            return file.read(BEGINNING).decode("utf-8", "replace")

    def digest(self) -> str:
        """Return what stands for all that is in it."""
        digest = hashlib.sha256()
        with self.opened() as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()[:32]

    def changed_at(self) -> float | None:
        """Return when it was last written to, in Unix seconds."""
        return None if self.path is None else self.path.stat().st_mtime


def copy_of_input() -> Source:
    """Read standard input to its end."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # It is there as long as the program.
    while piece := sys.stdin.buffer.read(_PIECE):
        copy.write(piece)
    return Source(None, copy)


@dataclass
class ImportedRun:
    """A run as a file tells of it, in the words of the door for batches.

    `began` is in Unix seconds; `count` is how many `events` there are, which may be read more than
    once. `told` says what was found ("8 jobs"). `notes` are sentences about what couldn't be known,
    and `always` those that are true of every file of its kind.
    """

    uid: str
    engine: str
    name: str | None
    began: float
    count: int
    events: Callable[[], Iterable[Event]]
    told: str
    description: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    always: list[str] = field(default_factory=list)


def folder_of(path: Path | None, *inside: str) -> str | None:
    """Return the name of the folder that holds the folders `inside`, in which a file lies."""
    if path is None:
        return None
    folders = path.resolve().parent.parts
    return folders[-len(inside) - 1] if folders[-len(inside) :] == inside else None


def local_time(text: str) -> float | None:
    """Return Unix seconds of a text such as 2026-11-27 15:38:48, by this machine's time zone."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
