"""The tables of jobs and rules on a workflow's page."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_workflow import rows_of


def heads(page: Document) -> list[str]:
    """Return the keys by which columns sort, as the links of their heads have them."""
    return [link.partition("sort=")[2].partition("#")[0] for link in page.links if "sort=" in link]


def rules_of(page: Document) -> list[str]:
    """Return the rules of the table, from top to bottom."""
    links = [attrs for tag, attrs in page.tags if tag == "a" and attrs.get("class") == "whole"]
    rules = [str(attrs["href"]).partition("rule=")[2] for attrs in links]
    return [rule.partition("#")[0].partition("&")[0] for rule in rules if rule]


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    """A run of the rules trim, align and call, in this order; one align failed."""
    run = Engine(client, "nightly")
    for jobid, rule in enumerate(("trim", "align", "call"), 1):
        run.job(jobid, rule)
        time.move(seconds=10 * jobid)
        if rule != "align":
            run.finished(jobid)
    run.failed(2, "align", msg="Command 'bwa mem' returned non-zero exit status 137.")
    return run


# --- jobs -----------------------------------------------------------------------------------------


def test_a_failed_job_shows_its_words_in_its_row(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}")
    assert rows_of(page)[0] == "2"
    row = page.text[page.text.index("Started Duration") :]
    assert "✗ Error 2 align exit status 137: killed, often out of memory" in row


def test_jobs_tell_the_time_of_the_day_when_they_began(
    run: Engine, read: Open, time: Clock
) -> None:
    assert " 09:00:10 " in read(f"/workflow/{run.id}").text
    time.move(hours=24)
    assert " 23 Nov, 09:00 " in read(f"/workflow/{run.id}").text
    time.move(hours=24 * 400)
    assert " 2026-11-23 " in read(f"/workflow/{run.id}").text


def test_columns_that_would_hold_only_dashes_are_left_out(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}")
    assert {"planned", "running", "cancelled", "retried", "attempts"}.isdisjoint(heads(page))
    assert "Wildcards" not in page.text
    assert {"started_at", "duration", "error", "median_seconds"} <= set(heads(page))
    run.info("Trying to restart job 2.")
    run.job(2, "align", wildcards={"s": "K7"})
    page = read(f"/workflow/{run.id}")
    assert {"attempts", "retried", "running"} <= set(heads(page))
    assert "error" not in heads(page)
    assert "Wildcards" in page.text


def test_a_run_without_a_job_that_began_has_no_times(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "dry")
    run.plan(align=2)
    page = read(f"/workflow/{run.id}")
    assert "median_seconds" not in heads(page)
    assert "planned" in heads(page)


# --- rules ----------------------------------------------------------------------------------------


def test_rules_come_in_the_order_of_the_flow_and_failed_ones_first(run: Engine, read: Open) -> None:
    assert rules_of(read(f"/workflow/{run.id}")) == ["align", "trim", "call"]


@pytest.mark.parametrize(
    ("sort", "rules"),
    [
        ("name", ["align", "call", "trim"]),
        ("-name", ["trim", "call", "align"]),
        ("median_seconds", ["trim", "call", "align"]),
        ("-max_seconds", ["call", "trim", "align"]),
        ("-error", ["align", "trim", "call"]),
        ("nonsense", ["align", "trim", "call"]),
    ],
)
def test_rules_are_sorted(run: Engine, read: Open, sort: str, rules: list[str]) -> None:
    page = read(f"/workflow/{run.id}?rules_sort={sort}&status=Done")
    assert rules_of(page) == rules
    assert f"/workflow/{run.id}?status=Done&sort=name#jobs" in [
        link.replace(f"&rules_sort={sort}", "") for link in page.links
    ]


def test_of_many_rules_twenty_are_shown_with_those_that_failed_or_run(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    for number in range(300):
        run.job(number, f"rule{number}")
        if number != 250:
            run.finished(number)
    run.failed(299, "rule299")
    run.job(300, "late")
    run.failed(300, "late")
    page = read(f"/workflow/{run.id}")
    first = [f"rule{number}" for number in range(18)]
    assert rules_of(page) == ["late", *first, "rule250"]
    assert "All 301 rules" in page.text
    every = read(f"/workflow/{run.id}?rules=all")
    assert len(rules_of(every)) == 300
    assert "and 1 more rule: sort the table" in every.text
    assert rules_of(read(f"/workflow/{run.id}?rules_sort=-name"))[0] == "rule99"
