"""A real server with something to tell, and the commands as people call them."""

import sys
from collections.abc import Callable, Iterator

import pytest

from devtools.demo import Reporter
from devtools.running import ROOT, Server, clean_environment, running_server
from panoptes.cli import main
from tests.cli.said import Said

COMMAND = [sys.executable, "-m", "panoptes"]
# What is said of how a failed job of `Reporter` ended.
KILLED = "exit status 137: killed, often out of memory"
# What no terminal should obey.
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]x[/bold] \u202eback\x9b2J\nline"

Command = Callable[..., Said]
Report = Callable[[str], Reporter]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def command(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run a command against the server, whose address stands in the environment."""
    monkeypatch.setenv("PANOPTES_URL", server.url)
    monkeypatch.delenv("PANOPTES_TOKEN", raising=False)

    def run(*words: str) -> Said:
        code = main.main(words)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def report(server: Server) -> Report:
    """Begin a run of this name."""
    return lambda name: Reporter(server.url, name, workdir="/data/project")


@pytest.fixture
def environment(server: Server) -> dict[str, str]:
    """What a command in a process of its own sees."""
    own = {"PYTHONPATH": str(ROOT), "PANOPTES_URL": server.url}
    return clean_environment("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES") | own


def done(run: Reporter) -> Reporter:
    """Let a run of one job come to a good end."""
    run.plan({"align": 1})
    run.job(1, "align", "K7")
    run.say("job_finished", jobid=1)
    run.say("progress", done=1, total=1)
    return run


def broken(run: Reporter) -> Reporter:
    """Let a run of two jobs fail in the first."""
    run.plan({"align": 2})
    run.job(1, "align", "K7")
    run.fail(1, "align", "K7")
    run.say("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    return run


def hostile(run: Reporter) -> Reporter:
    """Let a run fail in which every text that may be one is hostile."""
    run.plan({"align": 1})
    run.say(
        "job_info",
        jobid=1,
        name=HOSTILE,
        log=[HOSTILE],
        wildcards={HOSTILE: HOSTILE},
        shellcmd=HOSTILE,
        is_checkpoint=False,
    )
    run.say("job_error", jobid=1, name=HOSTILE, msg=HOSTILE, output=[HOSTILE], log=[HOSTILE])
    run.say("error", msg=f"Error in rule {HOSTILE}:\n{HOSTILE}")
    return run


def assert_harmless(said: str) -> None:
    """Refuse what does something to a terminal."""
    assert [each for each in said if ord(each) < 32 and each != "\n"] == []
    assert [each for each in said if 0x7F <= ord(each) < 0xA0] == []
    assert "\u202e" not in said
    assert "red" in said
