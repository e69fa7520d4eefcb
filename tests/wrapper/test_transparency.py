"""A wrapped command prints the same bytes in the same order, and ends with the same code."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.door import Door
from tests.wrapper.conftest import (
    RUN,
    TIME_LIMIT,
    Outcome,
    Start,
    through_a_terminal,
    through_one_pipe,
    through_pipes,
)

Way = Callable[..., Outcome]
WAYS = (through_pipes, through_one_pipe, through_a_terminal)
# One program that prints all that is hard: both streams in turns, large pieces and single bytes,
# bytes that are no text, line ends of all kinds, and no line end at the end.
PRINTS = """
import os, sys
for stream in (1, 2):
    what = "a terminal" if os.isatty(stream) else "none"
    os.write(stream, b"%d is %s\\n" % (stream, what.encode()))
    if os.isatty(stream):
        os.write(stream, b"%r\\r\\n" % (tuple(os.get_terminal_size(stream)),))
for number in range(200):
    os.write(1 + number % 2, b"line %d\\n" % number)
os.write(1, bytes(range(256)) * 4)
os.write(2, b"\\x1b[31mred\\x1b[0m\\r 10%\\r 20%\\r\\n\\n\\xff\\xfe\\t")
rest = bytes(7 * number % 251 for number in range(300_000))
while rest:
    rest = rest[os.write(1, rest):]
os.write(2, b"no line end at the end")
sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize("way", WAYS)
def test_what_is_printed_is_the_same_byte_for_byte(
    way: Way, environment: Mapping[str, str], door: Door, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", PRINTS, "7"]
    plain = way(command, environment, tmp_path)
    assert len(plain.out) > 300_000
    wrapped = way([*RUN, "--quiet", "--", *command], environment, tmp_path)
    assert wrapped == plain
    assert plain.code == 7
    assert door.told[-1] == door.told[-1] | {"event": "end", "status": "error"}


# Words of a shell -> how that ends: an exit code, or minus the signal.
ENDS = {
    "exit 0": 0,
    "exit 1": 1,
    "exit 255": 255,
    "kill -KILL $$": -signal.SIGKILL,
    "kill -TERM $$": -signal.SIGTERM,
    "kill -INT $$": -signal.SIGINT,
    "kill -SEGV $$": -signal.SIGSEGV,
    "kill -PIPE $$": -signal.SIGPIPE,
}


def test_it_ends_as_its_command_does(start: Start) -> None:
    wrapped = {script: start("--", "sh", "-c", script) for script in ENDS}
    for each in wrapped.values():
        assert each.communicate(timeout=TIME_LIMIT) == (b"", b"")
    assert {script: each.returncode for script, each in wrapped.items()} == ENDS


def test_what_cannot_be_started_is_said_as_a_shell_does(start: Start, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary\n")
    (tmp_path / "script").write_text('echo "$0 $1"; exit 4\n')
    (tmp_path / "script").chmod(0o755)
    said = {
        ("no-such-command",): (127, b"panoptes: no-such-command: command not found\n"),
        ("./none", "-x"): (127, b"panoptes: ./none: No such file or directory\n"),
        ("./notes.txt",): (126, b"panoptes: ./notes.txt: Permission denied\n"),
        (".",): (126, b"panoptes: .: Permission denied\n"),
        # Without #!, it is a shell's.
        ("./script", "one"): (4, b""),
    }
    wrapped = {words: start(*words) for words in said}
    for words, each in wrapped.items():
        out, err = each.communicate(timeout=TIME_LIMIT)
        assert (each.returncode, err) == said[words]
        assert out == (b"./script one\n" if words[0] == "./script" else b"")


def test_options_behind_the_command_are_its_own(start: Start) -> None:
    wrapped = {
        words: start(*words)
        for words in (
            ("echo", "--name", "x", "--", "-q", "--help"),
            ("--name", "mine", "--", "echo", "--name", "x", "--", "-q", "--help"),
        )
    }
    for each in wrapped.values():
        assert each.communicate(timeout=TIME_LIMIT) == (b"--name x -- -q --help\n", b"")


def test_stdin_and_open_files_are_the_commands(start: Start, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"first\nsecond\n")
    read, write = os.pipe()
    with (tmp_path / "in").open("rb") as file:
        wrapped = start(
            *("--", "bash", "-c", f"read line; echo got $line; echo more >&{write}"),
            stdin=file,
            pass_fds=(write,),
        )
        assert wrapped.communicate(timeout=TIME_LIMIT) == (b"got first\n", b"")
    os.close(write)
    assert os.read(read, 100) == b"more\n"
    os.close(read)


# It writes down which streams it has.
SHOWS = """
import os, sys
def is_open(number):
    try:
        return bool(os.fstat(number))
    except OSError:
        return False
there = [is_open(number) for number in (0, 1, 2)]
with open("there", "w") as file:
    print(there, file=file)
os._exit(6)
"""


def test_what_is_closed_or_gone_stays_so(environment: Mapping[str, str], tmp_path: Path) -> None:
    def run(script: str, *words: str) -> Outcome:
        return through_pipes(["bash", "-c", script, "bash", *words], environment, tmp_path)

    command = (sys.executable, "-c", SHOWS)
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        plain = run(f'"$@" {closed}', *command)
        expected = (tmp_path / "there").read_text()
        assert "False" in expected
        (tmp_path / "there").unlink()
        assert run(f'"$@" {closed}', *RUN, "--", *command) == plain
        assert (tmp_path / "there").read_text() == expected
    gone = 'mkdir gone; cd gone; rmdir ../gone; "$@"'
    assert run(gone, *RUN, "--", "sh", "-c", "echo on; exit 6")[:2] == (6, b"on\n")


def test_who_has_read_enough_ends_the_command_as_without_us(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    wrapper = " ".join(RUN)
    script = f"{wrapper} -- sh -c 'while echo y; do :; done' | head -n 2; echo ${{PIPESTATUS[0]}}"
    done = through_pipes(["bash", "-c", script], environment, tmp_path)
    assert (done.out, done.err) == (b"y\ny\n141\n", b"")


def test_who_is_left_in_the_background_is_not_waited_for_and_may_write_on(
    start: Start, tmp_path: Path
) -> None:
    late = "while [ ! -e go ]; do sleep 0.05; done; echo late; echo later >&2"
    wrapped = start("--", "sh", "-c", f"echo early; ({late}) &")
    assert wrapped.wait(TIME_LIMIT) == 0
    assert os.read(wrapped.stdout.fileno(), 100) == b"early\n"  # type: ignore[union-attr]
    (tmp_path / "go").touch()
    assert wrapped.communicate(timeout=TIME_LIMIT) == (b"late\n", b"later\n")


def test_a_wrapper_that_is_killed_leaves_its_command_unharmed(start: Start, tmp_path: Path) -> None:
    script = "echo begun; while [ ! -e go ]; do sleep 0.05; done; echo over; touch done"
    wrapped = start("--", "sh", "-c", script)
    assert wrapped.stdout is not None
    assert os.read(wrapped.stdout.fileno(), 100) == b"begun\n"
    wrapped.kill()
    assert wrapped.wait(TIME_LIMIT) == -signal.SIGKILL
    (tmp_path / "go").touch()
    assert wrapped.communicate(timeout=TIME_LIMIT) == (b"over\n", b"")
    assert (tmp_path / "done").exists()


def test_it_loads_nothing_that_only_a_server_needs(tmp_path: Path) -> None:
    code = (
        "import sys; from panoptes.cli.main import main;"
        "main(['run', '--quiet', '--url', 'http://127.0.0.1:9', '--', 'true']);"
        "print({'flask', 'sqlalchemy', 'rich', 'werkzeug', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")
