"""What a command prints, read on its way and passed on byte for byte.

A stream that went to a terminal goes through one of our own, so that the command sees a terminal
of the same size; any other goes through a pipe. Where stdout and stderr are the same, they share
one channel, and what they say keeps its order.
"""

import fcntl
import os
import select
import signal
import termios
from collections.abc import Iterable, Sequence
from contextlib import suppress

from panoptes.wrapper.adapter import Streams

PIECE = 65_536
_NUMBERS = {Streams.STDOUT: 1, Streams.STDERR: 2}
# It waits until we are done or dead, and then passes on what still comes: from somebody in the
# background whom the command left behind, or from a command whose wrapper was killed.
_GUARD = 'read -r word <&3; [ "$word" ] || exec cat'
_SIZE = b"\0" * 8


class Channel:
    """A way from a command to where its output goes.

    `numbers` are the streams that go this way, `inlet` is the end that the command gets. `source`
    is ours, -1 once nothing more comes. `outlet` is where it all goes to.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = tuple(numbers)
        self.outlet = self.numbers[0]
        self.is_terminal = os.isatty(self.outlet)
        self.source, self.inlet = os.openpty() if self.is_terminal else os.pipe()
        self.starts_line = True
        self._lifeline = -1
        self._size = b""
        if self.is_terminal:
            # The real terminal makes of a line's end what it makes of it.
            modes = termios.tcgetattr(self.outlet)
            modes[1] &= ~termios.OPOST
            termios.tcsetattr(self.inlet, termios.TCSANOW, modes)
            self.fit()

    def fit(self) -> bool:
        """Take over the size of the terminal; return whether it is another one."""
        if not self.is_terminal:
            return False
        try:
            size = fcntl.ioctl(self.outlet, termios.TIOCGWINSZ, _SIZE)
            if size != self._size:
                fcntl.ioctl(self.source, termios.TIOCSWINSZ, size)
        except OSError:
            return False  # It is gone.
        is_other, self._size = size != self._size, size
        return is_other

    def guard(self) -> None:
        """Close the command's end, which it has by now, and see to it that it stays useful."""
        os.close(self.inlet)
        theirs, self._lifeline = os.pipe()
        # The command runs already, and does so without a guard, too.
        with suppress(OSError, NotImplementedError):
            os.posix_spawn(
                "/bin/sh",
                ("sh", "-c", _GUARD),
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, self.source, 0),
                    (os.POSIX_SPAWN_DUP2, self.outlet, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs, 3),
                ],
                # In a session of its own, it gets no signal that is meant for the command.
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE,),
            )
        os.close(theirs)

    def read(self) -> bytes:
        """Return what came; nothing at the end of all."""
        try:
            return os.read(self.source, PIECE)
        except OSError:  # Linux says so where no program has the other side of a terminal.
            return b""

    def has_more(self, seconds: float) -> bool:
        """Return whether something came, or comes within so many seconds, or the end is there."""
        return bool(readable([self.source], seconds))

    def write(self, data: bytes) -> bool:
        """Pass on all of this; return False where nobody takes it any more."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._written(rest) :]
        except OSError:
            return False
        if data:
            self.starts_line = data.endswith(b"\n")
        return True

    def _written(self, data: memoryview) -> int:
        try:
            return os.write(self.outlet, data)
        except BlockingIOError:  # Another program made it so.
            may_write = select.poll()
            may_write.register(self.outlet, select.POLLOUT)
            may_write.poll()
            return 0

    def close(self) -> None:
        """Be done with it: whoever still writes finds nobody who reads, as without us."""
        if self.source >= 0:
            with suppress(OSError):
                os.write(self._lifeline, b"over\n")
            self.leave()

    def leave(self) -> None:
        """Leave it to whoever still writes; what that says is still passed on."""
        if self.source >= 0:
            os.close(self._lifeline)
            os.close(self.source)
            self.source = -1


def readable(numbers: Iterable[int], seconds: float) -> list[int]:
    """Return those of some files that can be read, or are at their end, within so many seconds."""
    asked = select.poll()
    for number in numbers:
        asked.register(number, select.POLLIN)
    return [number for number, _ in asked.poll(max(0.0, seconds) * 1000)]


def hold_closed() -> None:
    """Keep the places of streams that are closed, so that no file of ours comes to stand there.

    For the command, they are still closed.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


def open_channels(reads: Streams) -> list[Channel]:
    """Return the channels for these streams; one that is closed has none."""
    wanted = [number for stream, number in _NUMBERS.items() if stream in reads]
    there = [number for number in wanted if _file(number) is not None]
    if there and _file(1) == _file(2):
        return [Channel((1, 2))]
    return [Channel((number,)) for number in there]


def _file(number: int) -> tuple[int, int, int] | None:
    """Return what tells a stream's file from others, None where the command has none."""
    if not os.get_inheritable(number):
        return None
    found = os.fstat(number)
    return found.st_dev, found.st_ino, found.st_rdev
