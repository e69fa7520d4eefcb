"""Signals and job control: a wrapped command gets what it would get, and as often."""

import fcntl
import shlex
import signal
import struct
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

from tests.terminal import terminal
from tests.wrapper.conftest import RUN, TIME_LIMIT, Start

# It says which signals it gets, and ends with SIGTERM.
TELLS = """
import os, signal, sys
wanted = [getattr(signal, name) for name in sys.argv[1:]]
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("ready", flush=True)
number = 0
while number != signal.SIGTERM:
    number = signal.sigwait(wanted)
    size = tuple(os.get_terminal_size(1)) if number == signal.SIGWINCH else ""
    print("got", signal.Signals(number).name, size, flush=True)
sys.exit(5)
"""
PASSED_ON = ("SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM")


def test_a_signal_for_the_wrapper_alone_reaches_its_command_once(start: Start) -> None:
    wrapped = start("--", sys.executable, "-c", TELLS, *PASSED_ON)
    assert wrapped.stdout is not None
    assert wrapped.stdout.readline() == b"ready\n"
    for name in PASSED_ON:
        wrapped.send_signal(getattr(signal, name))
        assert wrapped.stdout.readline() == b"got %s \n" % name.encode()
    assert wrapped.communicate(timeout=TIME_LIMIT) == (b"", b"")
    assert wrapped.returncode == 5


def test_a_command_that_a_signal_ends_ends_its_wrapper_so(start: Start) -> None:
    wrapped = {name: start("--", "sh", "-c", "echo ready; exec sleep 60") for name in PASSED_ON}
    for name, each in wrapped.items():
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
        each.send_signal(getattr(signal, name))
    for name, each in wrapped.items():
        assert each.wait(TIME_LIMIT) == -getattr(signal, name)


def test_a_signal_that_is_ignored_stays_so(start: Start) -> None:
    # As nohup does.
    script = "trap '' HUP; exec \"$@\""
    inner = "echo ready; kill -HUP $PPID; kill -HUP $$; echo alive"
    wrapped = start("--", "sh", "-c", script, "sh", *RUN, "--", "sh", "-c", inner)
    assert wrapped.communicate(timeout=TIME_LIMIT) == (b"ready\nalive\n", b"")
    assert wrapped.returncode == 0


# --- in a terminal, with a shell that controls jobs -----------------------------------------------

IN_CONTROL = (
    "import fcntl, os, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execvp('bash', ['bash', '--norc', '--noediting', '-i'])"
)


def test_keys_reach_the_command_once_and_its_job_can_be_stopped_and_goes_on(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "tells.py").write_text(TELLS)
    wrapped = shlex.join([*RUN, "--quiet", "--", sys.executable, str(tmp_path / "tells.py")])
    own = {"PS1": "$ ", "WRAPPED": wrapped}
    with terminal([sys.executable, "-c", IN_CONTROL], {**environment, **own}) as shell:
        shell.wait_for("$ ")
        shell.type("$WRAPPED SIGINT SIGQUIT SIGCONT SIGWINCH SIGTERM\n")
        shell.wait_for("ready\n")
        shell.type("\x03")
        shell.wait_for("got SIGINT")
        shell.type("\x1c")
        shell.wait_for("got SIGQUIT")
        fcntl.ioctl(shell.side, termios.TIOCSWINSZ, struct.pack("HHHH", 31, 77, 0, 0))
        shell.wait_for("got SIGWINCH (77, 31)")
        shell.type("\x1a")
        shell.wait_for("]+  Stopped")
        shell.type("fg\n")
        shell.wait_for("got SIGCONT")
    assert [shell.words.count(f"got {name}") for name in ("SIGINT", "SIGQUIT")] == [1, 1]
