"""`panoptes ls`: the workflows of a server."""

import json
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from devtools.demo import Reporter
from devtools.running import ROOT, Server, clean_environment, running_server
from tests.cli.conftest import COMMAND, HOSTILE, Command, assert_harmless, broken, done
from tests.terminal import terminal
from tests.tokens import bearer, token_command

HEAD = ["ID", "RUN", "NAME", "STATUS", "DONE", "FAILED", "STARTED", "DURATION"]


@pytest.fixture(scope="module", autouse=True)
def runs(server: Server) -> None:
    """Three workflows; the newest has a name that no terminal should obey."""
    done(Reporter(server.url, "nightly"))
    broken(Reporter(server.url, "night-shift"))
    Reporter(server.url, HOSTILE)


def names(said: str) -> list[str]:
    return [line.split()[2] for line in said.splitlines()[1:]]


def test_each_workflow_has_a_line_the_newest_first(command: Command) -> None:
    said = command("ls")
    assert (said.code, said.err) == (0, "")
    head, newest, *lines = said.out.splitlines()
    assert head.split() == HEAD
    assert newest.startswith(" 3    1  ")
    assert [line.split()[:9] for line in lines] == [
        ["2", "1", "night-shift", "✗", "Error", "0", "of", "2", "1"],
        ["1", "1", "nightly", "✓", "Done", "1", "of", "1", "–"],
    ]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--status", "Error"], ["night-shift"]),
        (["NIGHT"], ["night-shift", "nightly"]),
        (["night", "--sort=name"], ["night-shift", "nightly"]),
        (["night", "--sort=-name"], ["nightly", "night-shift"]),
        (["night", "-n1", "--page=2"], ["nightly"]),
    ],
)
def test_a_list_has_the_filters_of_the_page(
    command: Command, words: list[str], found: list[str]
) -> None:
    assert names(command("ls", *words).out) == found


def test_nothing_to_list_is_told(command: Command) -> None:
    for option in ("--owner", "--user", "--host", "--engine"):
        assert command("ls", option, "nobody").out == "No workflows match.\n"


def test_json_is_the_api_s_own(command: Command, server: Server) -> None:
    told = json.loads(command("ls", "night", "--json").out)
    assert told == server.get("/api/workflows?q=night&page=1&sort=-started_at")


def test_a_stranger_s_name_neither_moves_the_cursor_nor_is_markup(command: Command) -> None:
    said = command("ls").out
    assert_harmless(said)
    assert "[bold]x[/bold]" in said
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize("columns", [80, 120])
def test_a_line_fits_the_terminal(environment: dict[str, str], columns: int) -> None:
    with terminal([*COMMAND, "ls"], environment, columns) as screen:
        assert screen.end() == 0
    lines = screen.words.splitlines()
    assert len(lines) == 4
    assert all(len(line) <= columns for line in lines)
    assert lines[0].split() == HEAD


@pytest.mark.parametrize("words", [["--status=x"], ["--sort=x"], ["-n0"], ["--page=x"]])
def test_what_makes_no_sense_is_refused(command: Command, words: list[str]) -> None:
    said = command("ls", *words)
    assert (said.code, said.out) == (2, "")
    assert "Error: Invalid value for " in said.err


def test_a_reader_who_has_enough_is_no_mistake(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [*COMMAND, "ls", "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 1
    process.stderr.close()


def test_whose_a_run_is_has_a_column_where_runs_have_owners(tmp_path: Path) -> None:
    secret = token_command(tmp_path, "add", "lea", "--role", "member")
    with running_server(tmp_path) as server:
        created = f"{server.url}/create_workflow?name=assembly"
        urlopen(Request(created, headers=bearer(secret))).close()
        words = [*COMMAND, "ls", "--mine", "--url", server.url, "--token", secret]
        own = clean_environment() | {"PYTHONPATH": str(ROOT)}
        said = subprocess.run(words, env=own, capture_output=True, text=True, check=True).stdout
    head, line = said.splitlines()
    assert head.split()[:4] == ["ID", "RUN", "NAME", "OWNER"]
    assert line.split()[:4] == ["1", "1", "assembly", "lea"]
