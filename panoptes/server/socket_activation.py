"""Hands sockets on to the process that comes next, as systemd hands one to the first.

The protocol is that of sd_listen_fds(3): the sockets are the files from number 3 on, LISTEN_FDS
tells how many there are and LISTEN_PID which process they are for. Of ours, all but the first are
connections of clients to whom nothing is owed, and LISTEN_FDNAMES says so.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

FIRST = 3
CLIENT = "panoptes-client"
BACKLOG = 1024  # connections that the system keeps while nobody takes them
TCP = (socket.AF_INET, socket.AF_INET6)
ONE_SOCKET = "give it one socket that listens on TCP (ListenStream=127.0.0.1:5000)"


class BadHandover(CannotRun):
    """What was handed on can't be served; the message says why and what to do."""


@dataclass(frozen=True)
class Sockets:
    """A socket that listens, and connections that are open and at rest."""

    listener: socket.socket
    clients: Sequence[socket.socket] = ()


def receive(environ: MutableMapping[str, str] | None = None) -> Sockets | None:
    """Return the sockets that were handed to this process, None where there are none.

    They are taken out of the environment, so that no program started from here takes them for its
    own. Raises BadHandover.
    """
    environ = os.environ if environ is None else environ
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
    process, number, purposes = (environ.pop(name, "") for name in names)
    if process != str(os.getpid()):
        return None
    clients = purposes.split(":").count(CLIENT)
    if number != str(1 + clients):
        raise BadHandover(f"panoptes was handed {number or 'no'} sockets: {ONE_SOCKET}.")
    try:
        listener = _socket(FIRST)
        listener.listen(BACKLOG)
    except OSError as error:
        raise BadHandover(f"panoptes was handed a file of no use: {ONE_SOCKET}.") from error
    if listener.family not in TCP:
        raise BadHandover(f"panoptes was handed a socket that isn't TCP: {ONE_SOCKET}.")
    return Sockets(listener, [_socket(file) for file in range(FIRST + 1, FIRST + 1 + clients)])


def _socket(file: int) -> socket.socket:
    os.set_inheritable(file, False)
    return socket.socket(fileno=file)


def restarts_on_hangup() -> bool:
    """Return whether SIGHUP asks for a restart; from a terminal it tells that it was closed."""
    return hasattr(signal, "SIGHUP") and not os.isatty(0)


def hold_restarts() -> None:
    """Let whoever asks for a restart wait until it can be done; by this or by the next process."""
    if restarts_on_hangup():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


@contextmanager
def restarts_let_through() -> Iterator[None]:
    """Hold no restarts meanwhile."""
    if not restarts_on_hangup():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_again(sockets: Sockets) -> NoReturn:
    """Become a new process of the same command and number that serves these sockets.

    No thread may use a file any more: the numbers from 3 on are given anew.
    """
    files = [each.fileno() for each in (sockets.listener, *sockets.clients)]
    environ = {
        **os.environ,
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": str(len(files)),
        "LISTEN_FDNAMES": ":".join(["panoptes", *[CLIENT] * len(sockets.clients)]),
    }
    sys.stdout.flush()
    import fcntl  # Windows has none, and no SIGHUP that would lead here.

    # First out of the way: the new number of one may be the old one of another.
    away = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, FIRST + len(files)) for file in files]
    for number, file in enumerate(away, FIRST):
        os.dup2(file, number)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environ)  # noqa: S606  # nosec
