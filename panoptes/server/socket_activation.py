"""Hands sockets on to the process that comes next, as systemd hands one to the first.

systemd's protocol is that of sd_listen_fds(3): the socket is the file of number 3, LISTEN_FDS says
that there is one and LISTEN_PID which process it is for. A process of ours hands on more, under the
numbers that they have: PANOPTES_SOCKETS lists first the one that listens, then connections of
clients to whom nothing is owed. No number is given anew, for a thread that is still at work when
the process ends may write to any file.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

FIRST = 3
HANDED_ON = "PANOPTES_SOCKETS"
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
    names = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", HANDED_ON)
    process, number, _, handed_on = (environ.pop(name, "") for name in names)
    if process != str(os.getpid()):
        return None
    if handed_on:
        listener, *clients = (_socket(int(file)) for file in handed_on.split())
        return Sockets(listener, clients)
    if number != "1":
        raise BadHandover(f"panoptes was handed {number or 'no'} sockets: {ONE_SOCKET}.")
    try:
        listener = _socket(FIRST)
        listener.listen(BACKLOG)
    except OSError as error:
        raise BadHandover(f"panoptes was handed a file of no use: {ONE_SOCKET}.") from error
    if listener.family not in TCP:
        raise BadHandover(f"panoptes was handed a socket that isn't TCP: {ONE_SOCKET}.")
    return Sockets(listener)


def _socket(file: int) -> socket.socket:
    os.set_inheritable(file, False)
    return socket.socket(fileno=file)


def restarts_on_hangup() -> bool:
    """Return whether SIGHUP asks for a restart; from a terminal it tells that it was closed."""
    return hasattr(signal, "SIGHUP") and not os.isatty(0)


def hold_restarts() -> None:
    """Let whoever asks for a restart wait until it can be done; by this or by the next process.

    systemd, which would ask sooner, is told that it may from now on (sd_notify(3)).
    """
    if restarts_on_hangup():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        if address := os.environ.get("NOTIFY_SOCKET"):
            _tell(address, b"READY=1")


def _tell(address: str, message: bytes) -> None:
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    # As sd_notify(3) advises: it may have been meant for whoever started this process.
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(message, address)


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
    """Become a new process of the same command and number that serves these sockets."""
    files = [each.fileno() for each in (sockets.listener, *sockets.clients)]
    for file in files:
        os.set_inheritable(file, True)
    handed_on = {"LISTEN_PID": str(os.getpid()), HANDED_ON: " ".join(map(str, files))}
    sys.stdout.flush()
    command = [sys.executable, *sys.orig_argv[1:]]
    os.execve(sys.executable, command, os.environ | handed_on)  # noqa: S606  # nosec
