"""The command as a process beside us: in the same group and terminal, with the same signals.

What the terminal sends (Ctrl-C, Ctrl-Z, a new size) reaches both of us by itself; what somebody
sends to us alone is passed on. That the command stops makes us stop, so that a shell sees a job
that stopped.
"""

import errno
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from panoptes.wrapper.adapter import End
from panoptes.wrapper.channels import Channel

NOT_FOUND, NOT_STARTED = 127, 126
_PASSED_ON = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT),
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGTSTP, signal.SIGCONT),
)
# Those that keys of a terminal send, to all of a group.
_OF_KEYS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)
# Linux says of a signal that the system itself sent it, for instance for a key that was pressed.
_SI_KERNEL = 0x80
# Python ignores these, and the command shall not.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class CannotStart(Exception):
    """A command can't be started; the message says why, `code` is a shell's exit code for that."""

    def __init__(self, program: str, error: OSError) -> None:
        is_missing = isinstance(error, FileNotFoundError)
        is_name = is_missing and "/" not in program
        why = "command not found" if is_name else error.strerror or str(error)
        super().__init__(f"{program}: {why}")
        self.code = NOT_FOUND if is_missing else NOT_STARTED


class Child:
    """A command that runs. `resized` is called when the terminal has another size.

    From its making until `wait` has returned, signals are handled in a thread of its own.
    """

    def __init__(self) -> None:
        for number in (signal.SIGCHLD, signal.SIGWINCH):
            # Some systems drop what nobody handles, also where it is waited for.
            signal.signal(number, lambda *_: None)
        wanted = [number for number in _PASSED_ON if signal.getsignal(number) != signal.SIG_IGN]
        self._signals = {*wanted, signal.SIGCHLD, signal.SIGWINCH}
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        self._lock = threading.Lock()
        self._pid = 0
        self.end: End | None = None
        self.waker, self._wakes = os.pipe()

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], channels: Sequence[Channel]
    ) -> None:
        """Start a command whose streams go through these channels. Raises CannotStart."""
        ways = [
            (os.POSIX_SPAWN_DUP2, channel.inlet, number)
            for channel in channels
            for number in channel.numbers
        ]

        def spawn(program: str, *arguments: str) -> int:
            return os.posix_spawnp(
                program,
                arguments,
                {**os.environ, **environment},
                file_actions=ways,
                setsigmask=self._mask,
                setsigdef=_IGNORED_BY_PYTHON,
            )

        try:
            try:
                self._pid = spawn(words[0], *words)
            except OSError as error:
                if error.errno != errno.ENOEXEC:
                    raise
                # A script that doesn't name its interpreter is a shell's, as in any shell.
                self._pid = spawn("/bin/sh", "sh", *words)
        except OSError as error:
            raise CannotStart(words[0], error) from error

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._pid

    def listen(self, resized: Callable[[], None]) -> None:
        """Begin to handle signals; once the command ends, `waker` can be read."""
        thread = threading.Thread(target=self._handle, args=(resized,), daemon=True)
        thread.start()

    def send(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        with self._lock, suppress(ProcessLookupError, PermissionError):
            if self.end is None:
                os.kill(self._pid, number)

    def _handle(self, resized: Callable[[], None]) -> None:
        self._look()  # What ended before it was listened to.
        while self.end is None:
            number, has_reached_all = self._caught()
            if number == signal.SIGCHLD:
                self._look()
            elif number == signal.SIGWINCH:
                resized()
            elif not has_reached_all:
                self.send(number)
        os.write(self._wakes, b".")

    def _caught(self) -> tuple[int, bool]:
        """Wait for a signal; return it, and whether the command has got it from a terminal."""
        if hasattr(signal, "sigwaitinfo"):
            caught = signal.sigwaitinfo(self._signals)
            return caught.si_signo, caught.si_code == _SI_KERNEL
        number = signal.sigwait(self._signals)  # macOS doesn't tell who sent it.
        return number, number in _OF_KEYS and os.isatty(0)

    def _look(self) -> None:
        """Find out whether the command ended or stopped."""
        with self._lock:
            pid, status = os.waitpid(self._pid, os.WNOHANG | os.WUNTRACED)
            if not pid:
                return
            if os.WIFSIGNALED(status):
                self.end = End(None, os.WTERMSIG(status))
            elif os.WIFEXITED(status):
                self.end = End(os.WEXITSTATUS(status))
        # What stops a program in the background stops its whole group, and us by itself.
        if self.end is None and os.WSTOPSIG(status) == signal.SIGTSTP:
            self._stop()

    def _stop(self) -> None:
        """Stop as the command did, until the job goes on."""
        # Together with the one that a terminal may have sent, it is one.
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})

    def let_go(self) -> None:
        """End handling signals: from now on, each of those that end a program interrupts us."""
        for number in _PASSED_ON[:4]:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)


def die_of(number: int) -> None:
    """End as a command did that a signal killed, so that whoever waits sees the same."""
    import resource

    with suppress(ValueError, OSError):  # The command has left its own memory there, if anything.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with suppress(OSError, ValueError):  # Of KILL and STOP, nothing can be set.
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def become(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Be the command from now on. Raises CannotStart."""
    for number in _IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(words[0], list(words), {**os.environ, **environment})  # noqa: S606  # nosec B606
    except OSError as error:
        raise CannotStart(words[0], error) from error
