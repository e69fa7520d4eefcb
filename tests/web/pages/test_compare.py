"""The page and the endpoint that compare two runs."""

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from panoptes.database.connections import writing
from panoptes.models.run import Run
from tests.conftest import Clock
from tests.engine import Engine


@pytest.fixture
def runs(client: FlaskClient, time: Clock) -> FlaskClient:
    """A client with three runs: the second failed in both rules, the third was slow in one."""
    for seconds, fails in ((60, False), (60, True), (180, False)):
        run = Engine(client, "nightly", command=f"snakemake -j{seconds}")
        run.plan(align=1, sort=1)
        for jobid, rule in ((1, "align"), (2, "sort")):
            run.job(jobid, rule, wildcards={"s": "K1"})
            time.move(seconds=seconds if rule == "align" else 30)
            if fails:
                run.failed(jobid, rule, msg="It is broken.")
            else:
                run.finished(jobid)
        if not fails:
            run.progress(2, 2)
        run.info("Complete log: .snakemake/log/x.log")
    return client


def text_of(client: FlaskClient, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).text))


def test_a_run_is_compared_with_the_last_good_one(runs: FlaskClient) -> None:
    text = text_of(runs, "/workflow/1/compare")
    assert "Run 3 against run 1" in text
    assert "align took 3.0 times as long; the others took about the same time." in text
    assert "snakemake -j60" in text
    assert "No job failed in either." in text


def test_only_what_differs_is_shown_at_first(runs: FlaskClient) -> None:
    page = runs.get("/workflow/1/compare").text
    assert "rule=align" in page
    assert "rule=sort" not in page
    assert "rule=sort" in runs.get("/workflow/1/compare?rules=all").text


def test_failures_are_told_apart(runs: FlaskClient) -> None:
    text = text_of(runs, "/workflow/1/compare?run=2&with=1")
    assert "New in run 2" in text
    text = text_of(runs, "/workflow/1/compare?run=3&with=2")
    assert "Failed only in run 2" in text
    text = text_of(runs, "/workflow/1/compare?run=2&with=2")
    assert "Failed in run 2 too, with the same words" in text


def test_the_first_run_has_none_to_be_compared_with(runs: FlaskClient) -> None:
    assert "There is no run before run 1" in text_of(runs, "/workflow/1/compare?run=1")
    assert runs.get("/api/workflow/1/compare?run=1").status_code == 404
    assert runs.get("/workflow/1/compare?with=9").status_code == 404
    assert runs.get("/api/workflow/1/compare?with=9").status_code == 404


def test_parameters_revisions_and_reasons_that_differ_are_told(app: Flask) -> None:
    client = app.test_client()
    for revision, params in (
        ("a1", {"genome": "hg19", "same": 1}),
        ("b2", {"genome": "hg38", "same": 1}),
    ):
        run = Engine(client, "nightly")
        reason = "Params have changed since last execution" if revision == "b2" else None
        run.job(1, reason=reason)
        run.finished(1)
        run.progress(1, 1)
        with app.app_context(), writing() as connection:
            newest = select(func.max(Run.id)).scalar_subquery()
            told = {"params": params, "about": {"revision": revision}}
            connection.execute(update(Run).where(Run.id == newest).values(told))
    told = client.get("/api/workflow/1/compare").get_json()["differs"]
    assert told["params.genome"] == {"run": "hg38", "with": "hg19"}
    assert told["about.revision"] == {"run": "b2", "with": "a1"}
    assert [name for name in told if name.startswith("reasons.")]
    assert "params.same" not in told
    assert "Detail revision a1 b2" in text_of(client, "/workflow/1/compare")


def test_notes_and_labels_stand_beside_both_runs(runs: FlaskClient) -> None:
    runs.put("/api/workflow/1/runs/1", json={"labels": ["good"], "note": "As it should be."})
    assert "Run 1 good As it should be." in text_of(runs, "/workflow/1/compare")


def test_the_rules_of_both_are_a_table(runs: FlaskClient) -> None:
    answer = runs.get("/workflow/1/compare.csv?run=3&with=1")
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=nightly-compared-with-1.csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["name"], row["ratio"], row["is_slower"]) for row in rows] == [
        ("align", "3.0", "yes"),
        ("sort", "1.0", "no"),
    ]
    assert runs.get("/api/workflow/1/compare?run=3&with=1&format=csv").text == answer.text
    assert runs.get("/workflow/1/compare.tsv").text.startswith("name\tjobs\twith_jobs\t")
    assert runs.get("/workflow/1/compare.csv?run=1").status_code == 404
    assert runs.get("/api/workflow/1/compare?format=xls").status_code == 400


def test_programs_get_the_same(runs: FlaskClient) -> None:
    told = runs.get("/api/workflow/1/compare?run=2&with=1").get_json()
    assert (told["run"]["run"], told["with"]["run"]) == (2, 1)
    assert [rule["name"] for rule in told["rules"]] == ["align", "sort"]
    assert {failure["name"] for failure in told["failures"]["new"]} == {"align", "sort"}
    assert told["differs"] == {}
    told = runs.get("/api/workflow/1/compare").get_json()
    assert told["rules"][0]["ratio"] == 3
    assert told["slower"] == "some rules"
    assert told["differs"]["command"] == {"run": "snakemake -j180", "with": "snakemake -j60"}
