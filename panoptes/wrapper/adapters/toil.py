"""Toil: its message bus, in a file that --writeMessages names, and its log on stderr."""

import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from panoptes.wrapper.adapter import (
    STDERR,
    Adapter,
    End,
    LineListener,
    Lines,
    Plan,
    Tell,
    Wishes,
)
from panoptes.wrapper.adapters.asking import ask, installed_version, package_folders, version_of
from panoptes.wrapper.command import Command

_ENGINES = {
    "toil-cwl-runner": "toil-cwl",
    "toil.cwl.cwltoil": "toil-cwl",
    "toil-wdl-runner": "toil-wdl",
    "toil.wdl.wdltoil": "toil-wdl",
}
_OPTION = "--writeMessages"
# Toil takes the beginning of an option for it; no other one begins so.
_SHORTEST = "--writeM"
# Older ones would refuse the option, and not run at all.
_FIRST_VERSION = (5, 8)
_RUNS_NOTHING = frozenset({"--help", "-h", "--version"})
_MAIN_FILE = re.compile(r".+\.(?:cwl|wdl)(?:#.*)?")
_PIECE = 1_000_000


def plan(command: Command, _wishes: Wishes) -> Plan | None:
    """Return how a run of Toil is watched."""
    if not _RUNS_NOTHING.isdisjoint(command.arguments):
        return Plan(command.words)
    version = installed_version(package_folders(command), "toil") or version_of(
        ask(command, "--version") or ""
    )
    if version is None or version < _FIRST_VERSION:
        return None
    given = messages_file(command.arguments)
    path = given or Path(mkdtemp(prefix="panoptes-"), "messages")
    words = command.words if given else command.with_options(_OPTION, str(path))
    main = next((word for word in command.arguments if _MAIN_FILE.fullmatch(word)), None)
    return Plan(
        words,
        _ENGINES[command.name],
        partial(ToilListener, path, is_ours=given is None),
        reads=STDERR,
        description={} if main is None else {"main_file": main},
    )


def messages_file(arguments: Sequence[str]) -> Path | None:
    """Return the file that the call itself names for the messages."""
    for at, word in enumerate(arguments):
        name, found, value = word.partition("=")
        if name.startswith(_SHORTEST) and _OPTION.startswith(name):
            value = value if found else "".join(arguments[at + 1 : at + 2])
            return Path(value) if value else None
    return None


class ToilListener(LineListener):
    """Tells each message on the bus, and each line of the log behind those that came before it.

    With `is_ours`, the file's folder was made for it, and is removed at last.
    """

    def __init__(self, path: Path, tell: Tell, wishes: Wishes, *, is_ours: bool) -> None:
        super().__init__(tell, wishes)
        self._path, self._is_ours = path, is_ours
        self._messages, self._offset = Lines(), 0
        # What is there already is an earlier run's, until Toil opens the file anew.
        self._before = None if is_ours else _identity(path)

    def take(self, data: bytes) -> None:
        """Tell what came on the bus, then the lines that are whole."""
        self.look()
        super().take(data)

    def look(self) -> None:
        """Tell what came on the bus since the last time."""
        if self._before is not None and self._before == _identity(self._path):
            return
        self._before = None
        while data := self._read():
            self._offset += len(data)
            for line in self._messages.feed(data):
                self.tell({"event": "message", "text": line})

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                return file.read(_PIECE)
        except FileNotFoundError:
            return b""

    def ended(self, end: End) -> None:
        """Tell what else is in the file, and how Toil ended."""
        self.look()
        super().ended(end)

    def close(self) -> None:
        """Remove the file, if it was made for this run."""
        if self._is_ours:
            shutil.rmtree(self._path.parent, ignore_errors=True)


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is written, None where there is none."""
    with suppress(OSError):
        state = path.stat()
        return state.st_ino, state.st_size, state.st_mtime_ns
    return None


TOIL = Adapter(frozenset(_ENGINES), plan)
