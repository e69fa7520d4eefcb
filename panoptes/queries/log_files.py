"""Reads the end of a job's log file, of files below folders that the administrator named.

Paths are what strangers told. A file is opened folder by folder without following links, so that
nothing that is swapped meanwhile leads out of the allowed folders.
"""

import os
import posixpath
import stat
import threading
from collections.abc import Iterator, Sequence
from enum import Enum

from panoptes.common.text import end_of_text
from panoptes.config.log_roots import LogRoot
from panoptes.models.log_text import MAX_BYTES
from panoptes.queries.log_tail import Tail

# No system takes a longer path; each folder of it costs a look.
MAX_PATH = 4096
# A network file system that hangs holds whoever asks it: not all of the server's threads.
READERS = threading.BoundedSemaphore(3)
PATIENCE = 0.5

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
# Should a regular file become a pipe in the last moment, opening it mustn't wait.
_FILE = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class NoLog(str, Enum):
    """Why a file isn't shown, the strongest reason last."""

    OUTSIDE = "The file is outside the folders that this server may show (--log-root)."
    MISSING = "File not found."
    NO_FILE = "Not a regular file."
    PRIVATE = "A database, or a file of panoptes itself, which is never shown."
    UNREADABLE = "The server has no permission to read this file."
    BUSY = "The file system is not responding."


def tail(
    roots: Sequence[LogRoot], workdir: str | None, path: str, secret: bytes | None = None
) -> Tail | NoLog:
    """Return the end of the file that a job named as its log, or why there is nothing to show.

    `workdir` is the run's folder as its client calls it, None where the client doesn't tell. No
    file is shown that holds `secret`, the server's key, and no database of SQLite.
    """
    if len(path) > MAX_PATH:
        return NoLog.UNREADABLE
    if not READERS.acquire(timeout=PATIENCE):
        return NoLog.BUSY
    try:
        reasons = [NoLog.OUTSIDE]
        for place in _places(roots, workdir, path):
            found = _tail_of(roots, place, secret)
            if isinstance(found, Tail):
                return found
            reasons.append(found)
        return max(reasons, key=list(NoLog).index)
    finally:
        READERS.release()


def _places(roots: Sequence[LogRoot], workdir: str | None, path: str) -> Iterator[str]:
    """Yield where the file may be on this machine."""
    named = posixpath.join(workdir or "", path)
    if not posixpath.isabs(named):
        yield from (posixpath.join(root.server, named) for root in roots)
        return
    for root in roots:
        # The client's file system may be mounted elsewhere here.
        if root.client is not None:
            inner = _below("/" + posixpath.normpath(named).lstrip("/"), root.client)
            if inner is not None:
                yield posixpath.join(root.server, inner)
    yield named


def _below(path: str, folder: str) -> str | None:
    """Return the path from a folder on, None for a path that isn't below it."""
    folder = folder.rstrip("/") + "/"
    return path[len(folder) :].lstrip("/") if path.startswith(folder) else None


# --- reading --------------------------------------------------------------------------------------


def _tail_of(roots: Sequence[LogRoot], path: str, secret: bytes | None) -> Tail | NoLog:
    try:
        resolved = os.path.realpath(path)
        for root in roots:
            folder = os.path.realpath(root.server)
            inner = _below(resolved, folder)
            if inner is not None:
                return _read(folder, inner, secret)
    except (FileNotFoundError, NotADirectoryError):
        return NoLog.MISSING
    except (OSError, ValueError):  # Not ours, too long, a link swapped in; a NUL in the path.
        return NoLog.UNREADABLE
    # What lies outside isn't even asked for: opening some devices does something.
    return NoLog.OUTSIDE


def _read(folder: str, path: str, secret: bytes | None) -> Tail | NoLog:
    *above, name = path.split("/")
    parent = os.open(folder, _FOLDER)
    try:
        for name_above in above:
            inner = os.open(name_above, _FOLDER | _NO_LINK, dir_fd=parent)
            os.close(parent)
            parent = inner
        if not stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            return NoLog.NO_FILE
        file = os.open(name, _FILE, dir_fd=parent)
    finally:
        os.close(parent)
    try:
        return _read_end(file, secret)
    finally:
        os.close(file)


# How SQLite's files begin: databases and their copies, their logs and indexes of these.
_SQLITE = (b"SQLite format 3\0", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\x18\xe2\x2d\0")


def _read_end(file: int, secret: bytes | None) -> Tail | NoLog:
    facts = os.fstat(file)
    if not stat.S_ISREG(facts.st_mode):
        return NoLog.NO_FILE
    # One byte more tells whether the text begins with a whole line.
    start = max(0, facts.st_size - MAX_BYTES - 1)
    # Not more than it had when it was looked at: it may grow as fast as it is read.
    content = os.pread(file, facts.st_size - start, start)
    if os.pread(file, 16, 0).startswith(_SQLITE) or (secret and secret in content):
        return NoLog.PRIVATE
    return Tail(end_of_text(content, MAX_BYTES), facts.st_size, facts.st_mtime_ns)
