"""The page of a run's graph."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.charts.graph.layout import MAX_RULES
from panoptes.queries import runs
from panoptes.queries.graph import job_samples
from panoptes.web.request_time import request_time
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE, assert_is_sound

Replay = Callable[[str, str], int]
CLIENTS = ("a28", "a78", "sm7", "sm8", "sm9")
# Of two arrows, one below the other, the lower rule reads files from the upper.
CHAINS = {
    "ok": ["make", "sort", "merge", "all"],
    "checkpoint": ["split", "one", "agg", "all"],
    "until": ["make", "sort"],
    "retry": ["flaky", "all"],
}


def makers(page: Document) -> dict[str, set[str]]:
    """Return what the page says in words: rule -> the rules whose files it reads."""
    found = re.findall(r"(\S+) reads (?:files from ((?:\S+ ?, )*\S+)|no files)", page.text)
    return {rule: set(re.split(" ?, ", names)) - {""} for rule, names in found}


def edges(page: Document) -> int:
    """Return how many edges are drawn."""
    return len([path for path in page.attributes("path", "d") if re.match(r"M\d+ \d+[cl]", path)])


def test_a_box_tells_how_far_its_rule_is(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.plan(align=48, sort=2)
    for jobid in range(1, 5):
        run.job(jobid)
    run.finished(1)
    run.finished(2)
    run.failed(3)
    page = read(f"/workflow/{run.id}/graph").text
    assert "align: 2 of 48 done, 1 failed, 1 running, 44 pending" in page
    assert "✗ 1 failed 2 of 48" in page
    assert "Not started yet" in page
    assert "sort: 0 of 2 done, 2 pending" in page


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ([], "○ 4 pending 0 of 4"),
        (["job"], "● 1 running 0 of 4"),
        (["finished"], "○ 3 pending 1 of 4"),
        (["finished"] * 4, "✓ done 4 of 4"),
        (["finished", "failed", "job"], "✗ 1 failed 1 of 4"),
    ],
)
def test_a_box_says_first_what_matters_most(
    client: FlaskClient, read: Open, jobs: list[str], told: str
) -> None:
    run = Engine(client, "nightly")
    run.plan(align=4)
    for jobid, end in enumerate(jobs):
        run.job(jobid)
        if end != "job":
            getattr(run, end)(jobid)
    assert told in read(f"/workflow/{run.id}/graph").text


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("scenario", CHAINS)
def test_recorded_runs_have_their_edges(
    read: Open, replay: Replay, name: str, scenario: str
) -> None:
    page = read(f"/workflow/{replay(name, scenario)}/graph")
    chain = CHAINS[scenario]
    expected: dict[str, set[str]] = {chain[0]: set()} | {b: {a} for a, b in pairwise(chain)}
    assert {rule: found for rule, found in makers(page).items() if rule in chain} == expected
    assert edges(page) == len(chain) - 1


def test_odd_names_make_a_sound_picture(read: Open, replay: Replay) -> None:
    page = read(f"/workflow/{replay('sm9', 'odd')}/graph")
    assert edges(page) == 3
    long = next(name for name in page.attributes("a", "data-key") if name.startswith("odd_multi"))
    assert len(long) > 100
    assert f"{long}: 1 of 1 done" in page.text
    assert not page.attributes("rect", "style")


def test_hostile_names_make_a_sound_page(client: FlaskClient, read: Open) -> None:
    run = Engine(client, HOSTILE)
    run.job(1, HOSTILE, output=[HOSTILE], wildcards={HOSTILE: HOSTILE})
    run.job(2, HOSTILE * 2, input=[HOSTILE])
    address = f"/workflow/{run.id}/graph"
    page = read(address)
    assert_is_sound(address, page)
    assert f"{HOSTILE}: 0 of 1 done, 1 running" in page.text
    assert edges(page) == 1
    assert {client.get(link).status_code for link in page.links if "rule=" in link} == {200}


def test_a_box_leads_to_the_jobs_of_its_rule(read: Open, replay: Replay) -> None:
    workflow = replay("sm9", "ok")
    replay("sm8", "ok")
    assert f"/workflow/{workflow}?rule=sort#jobs" in read(f"/workflow/{workflow}/graph").links
    page = read(f"/workflow/{workflow}/graph?run=1")
    assert f"/workflow/{workflow}?run=1&rule=sort#jobs" in page.links
    assert f"/workflow/{workflow}?run=1" in page.links


def test_a_dry_run_shows_what_would_be_run(read: Open, replay: Replay) -> None:
    page = read(f"/workflow/{replay('sm8', 'dryrun')}/graph")
    assert makers(page)["merge"] == {"sort"}
    assert "○ 3 not finished 0 of 3" in page.text


def test_without_a_rule_the_page_says_what_will_be_here(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    page = read(f"/workflow/{run.id}/graph")
    assert "No rule has started yet. Each rule will be a box here" in page.text
    assert "graph" not in page.attributes("svg", "class")
    run.send("workflow_success")
    assert "No rule ran" in read(f"/workflow/{run.id}/graph").text


def test_too_many_rules_are_a_table(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.plan(**{f"rule{number}": 2 for number in range(MAX_RULES + 1)})
    page = read(f"/workflow/{run.id}/graph")
    assert f"{MAX_RULES + 1} rules are too many for a graph." in page.text
    assert "rule0 0 of 2 done" in page.text
    assert f"/workflow/{run.id}?rule=rule0#jobs" in page.links
    assert f"/workflow/{run.id}?rules=all#rules" in page.links


def test_boxes_of_very_many_rules_are_small_and_their_words_are_on_demand(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    names = [f"rule{number}_".ljust(60, "x") for number in range(250)]
    for number, name in enumerate(names):
        run.job(number, name, input=[f"{number - 1}.txt"], output=[f"{number}.txt"])
    page = read(f"/workflow/{run.id}/graph")
    assert "● 1 running: rule7_xxxx" in page.text
    assert edges(page) == 249
    assert makers(page) == {}
    link = next(link for link in page.links if "words=1" in link)
    assert makers(read(link.partition("#")[0]))[names[7]] == {names[6]}


def test_names_too_long_for_a_graph_are_a_table(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.plan(**{f"rule{number}_".ljust(200, "日"): 1 for number in range(120)})
    page = read(f"/workflow/{run.id}/graph").text
    assert "120 rules with such long names are too many for a graph." in page


def test_too_many_connections_are_a_table(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for number in range(60):
        before = [f"{each}.txt" for each in range(number)]
        run.job(number, f"rule{number}", input=before, output=[f"{number}.txt"])
    page = read(f"/workflow/{run.id}/graph").text
    assert "1,770 connections between rules are too many for a graph." in page


@pytest.mark.parametrize("address", ["/workflow/99/graph", "/workflow/{id}/graph?run=2"])
def test_a_run_that_is_not_there_has_no_graph(client: FlaskClient, address: str) -> None:
    run = Engine(client, "nightly")
    assert client.get(address.format(id=run.id)).status_code == 404


# --- the question ---------------------------------------------------------------------------------


def samples(app: Flask, run: Engine) -> dict[str, list[str]]:
    """Return which jobs are looked at, by their first output."""
    with app.test_request_context():
        view = runs.workflow(request_time(), run.id)
        assert view is not None
        found: dict[str, list[str]] = {}
        for job in job_samples(view, per_rule=3):
            found.setdefault(job.rule, []).append(job.output[0])
        return found


def test_of_each_rule_the_first_jobs_are_looked_at(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run, other = Engine(client, "nightly"), Engine(client, "other")
    for jobid in range(10):
        run.job(jobid, "sort" if jobid % 2 else "align", output=[f"{jobid}.txt"])
        other.job(jobid, "align", output=["other"])
    run.send("job_started", jobs=[77])
    assert samples(app, run) == {
        "align": ["0.txt", "2.txt", "4.txt"],
        "sort": ["1.txt", "3.txt", "5.txt"],
    }


def test_of_jobs_with_very_long_lists_one_is_enough(app: Flask, client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    for jobid in range(3):
        run.job(jobid, "big", input=[f"{n:0200}" for n in range(2000)], output=[f"{jobid}.txt"])
        run.job(10 + jobid, "small", output=[f"{jobid}.txt"])
    assert samples(app, run) == {"big": ["0.txt"], "small": ["0.txt", "1.txt", "2.txt"]}


def test_a_graph_that_the_engine_tells_is_there_before_the_jobs(client: FlaskClient) -> None:
    client.post("/api/runs", json={"id": "one", "engine": "generic", "name": "nightly"})
    run = {"event": "run", "rules": {"sort": 3}, "graph": [["make", "sort"], ["sort", "merge"]]}
    client.post("/api/runs/one/events", json={"first": 1, "events": [run]})
    page = Document(client.get("/workflow/1/graph"))
    assert makers(page) == {"make": set(), "sort": {"make"}, "merge": {"sort"}}
    assert edges(page) == 2
    job = {"event": "job", "job": 1, "rule": "make", "status": "done"}
    client.post("/api/runs/one/events", json={"first": 2, "events": [job]})
    page = Document(client.get("/workflow/1/graph"))
    assert makers(page)["sort"] == {"make"}
    assert "make: 1 of 1 done" in page.text
