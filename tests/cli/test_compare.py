"""`panoptes compare`, and the labels by which `ls` and `runs` find runs."""

import json
from urllib.request import Request

import pytest

from devtools.running import OPENER, Server
from tests.cli.conftest import (
    HOSTILE,
    Command,
    Report,
    assert_harmless,
    broken,
    done,
    hostile,
)


def annotate(server: Server, workflow_id: int, run: int, **said: object) -> None:
    """Give a run a note and so on, as any client of the API does."""
    url = f"{server.url}/api/workflow/{workflow_id}/runs/{run}"
    body = json.dumps(said).encode()
    OPENER.open(Request(url, body, method="PUT")).close()


def test_a_run_is_compared_with_the_last_good_one(command: Command, report: Report) -> None:
    done(report("compared"))
    broken(report("compared"))
    said = command("compare", "compared").out
    head, first, second, *_ = said.splitlines()
    assert head.split() == ["RUN", "STATUS", "DONE", "FAILED", "STARTED", "DURATION"]
    assert [first.split()[0], second.split()[0]] == ["1", "2"]
    assert "No rule took much longer." in said
    assert "Failed only in run 2\n  ✗ align s=K7  exit status 137" in said
    assert "Failed only in run 2" in command("compare", "compared", "--run=1", "--with=2").out
    told = json.loads(command("compare", "compared", "--json").out)
    assert (told["run"]["run"], told["with"]["run"]) == (2, 1)
    assert "There is no run before run 1" in command("compare", "compared", "--run=1").err
    assert command("compare", "compared", "--with=9").code == 2


def test_the_baseline_labels_and_notes_are_told(
    command: Command, report: Report, server: Server
) -> None:
    for _ in range(3):
        run = done(report("labelled"))
    annotate(server, run.id, 1, labels=["good"], note="As it should be.", baseline=True)
    annotate(server, run.id, 3, labels=["newest"])
    assert "baseline, good, As it should be." in command("compare", "labelled").out
    lines = command("runs", "labelled", "--label", "good").out.splitlines()
    assert [line.split()[0] for line in lines] == ["RUN", "1"]
    assert command("runs", "labelled", "--status", "error").out == "No runs match.\n"
    shown = command("show", "labelled", "--run", "1").out
    assert "labels    good\nnote      As it should be.\nbaseline  other runs are" in shown
    assert "labelled" in command("ls", "--label", "newest").out
    assert command("ls", "--label", "good").out == "No workflows match.\n"


@pytest.mark.parametrize("words", [("compare",), ("runs",), ("show",)])
def test_no_text_of_runs_does_anything_in_the_terminal(
    command: Command, report: Report, server: Server, words: tuple[str, ...]
) -> None:
    name = f"hostile {words[0]}"
    for _ in range(2):
        run = hostile(report(name))
        broken(run)
    annotate(server, run.id, 1, note=HOSTILE, labels=["\x9b2J"])
    assert_harmless(command(*words, str(run.id)).out)
