"""The report: a run as one HTML file to keep."""

import base64
import hashlib
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from panoptes.database.connections import writing
from panoptes.models.job import Job
from panoptes.queries import timeline
from panoptes.web.pages import report_page
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE
from tests.web.pages.test_graph import edges

LOADS = ("script", "link", "img", "iframe", "object", "embed", "base", "form")


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    """A run of two rules, in which one job failed and another was started again."""
    run = Engine(client, "nightly", command="snakemake --cores 2", workdir="/data")
    run.plan(align=2, sort=1)
    for jobid in (1, 2):
        files = {"output": [f"{jobid}.bam"], "log": [f"logs/{jobid}.log"]}
        run.job(jobid, "align", wildcards={"s": f"K{jobid}"}, shellcmd=f"bwa K{jobid}", **files)
        time.move(minutes=3)
    run.finished(1)
    run.send("error", msg="RuleException:\nCommand 'bwa K2' returned non-zero exit status 3.")
    run.failed(2)
    run.job(3, "sort", input=["1.bam"], output=["1.sorted"])
    run.finished(3)
    return run


def report(client: FlaskClient, workflow: int, query: str = "") -> Document:
    return Document(client.get(f"/workflow/{workflow}/report.html{query}"))


def test_a_report_says_how_the_run_went_and_what_failed(run: Engine) -> None:
    text = report(run.web, run.id).text
    for words in (
        "Report of run 1 of 1, made 2026-11-23 09:06:00 UTC by panoptes",
        "The run was still going when this report was made.",
        "✗ Error",
        "2 of 3 done · 1 failed",
        "2026-11-23 09:00:00 UTC to",
        "✗ What failed: 1 job",
        "align s=K2 job 2, 3 min exit status 3 Log /data/logs/2.log bwa K2 The whole error",
        "Command 'bwa K2' returned non-zero exit status 3.",
        "Command snakemake --cores 2",
        "Folder /data",
    ):
        assert words in text, words


def test_a_report_has_the_rules_the_timeline_and_the_graph(run: Engine) -> None:
    page = report(run.web, run.id)
    assert [attrs["id"] for tag, attrs in page.tags if tag == "tr" and "id" in attrs] == [
        "rule-align",
        "rule-sort",
    ]
    assert "lanes" in page.attributes("svg", "class")
    assert "graph" in page.attributes("svg", "class")
    assert edges(page) == 1, "From align to sort."


def test_a_report_loads_nothing_and_its_policy_lets_nothing_run(run: Engine) -> None:
    answer = run.web.get(f"/workflow/{run.id}/report.html")
    page = Document(answer)
    assert [tag for tag, _ in page.tags if tag in LOADS] == []
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [attrs["content"] for tag, attrs in page.tags if "http-equiv" in attrs]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert answer.headers["Content-Security-Policy"] == f"{policy}; frame-ancestors 'none'"


def test_links_lead_to_places_in_the_file_and_one_to_the_server(run: Engine) -> None:
    page = report(run.web, run.id)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    inside = [link for link in page.links if link.startswith("#")]
    assert {link[1:] for link in inside} <= ids
    assert {"#rule-align", "#job-2"} <= set(inside)
    assert set(page.links) - set(inside) == {f"http://localhost/workflow/{run.id}?run=1"}


def test_a_report_is_a_file_called_after_its_run(client: FlaskClient, run: Engine) -> None:
    run.send("error", msg="over")
    second = Engine(client, "nightly")
    for query, name in (("", "nightly-report.html"), ("?run=1", "nightly-run-1-report.html")):
        answer = client.get(f"/workflow/{second.id}/report.html{query}")
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert "What failed" in report(client, run.id, "?run=1").text
    assert "What failed" not in report(client, run.id).text


def test_a_run_of_which_nothing_is_known_has_a_report(engine: Engine) -> None:
    text = report(engine.web, engine.id).text
    assert text.count("No rule ran.") == 2


def test_strangers_texts_are_text(client: FlaskClient) -> None:
    run = Engine(client, HOSTILE, command=HOSTILE, workdir=HOSTILE, snakefile=HOSTILE)
    for jobid in range(3):
        run.job(jobid, HOSTILE, wildcards={HOSTILE: HOSTILE}, log=[HOSTILE], shellcmd=HOSTILE)
        run.send("error", msg=HOSTILE)
        run.failed(jobid, HOSTILE)
    page = report(client, run.id)
    assert page.status == 200
    assert [tag for tag, _ in page.tags if tag in LOADS] == []
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert [link for link in page.links if not link.startswith(("#", "http://localhost/"))] == []


def test_the_page_of_a_workflow_leads_to_its_report_and_its_statistics(
    run: Engine, read: Open
) -> None:
    links = read(f"/workflow/{run.id}").links
    assert f"/workflow/{run.id}/report.html" in links
    assert f"/api/workflow/{run.id}/stats.json" in links


@pytest.mark.parametrize("address", ["/workflow/9/report.html", "/workflow/1/report.html?run=9"])
def test_what_isn_t_there_has_none(client: FlaskClient, run: Engine, address: str) -> None:
    assert client.get(address).status_code == 404


# --- very much ------------------------------------------------------------------------------------


def test_of_many_failures_most_wait_for_a_click(client: FlaskClient, run: Engine) -> None:
    for jobid in range(10, 17):
        run.job(jobid, "align")
        run.failed(jobid)
    page = report(client, run.id)
    assert "What failed: 8 jobs" in page.text
    assert "3 more failed jobs" in page.text
    assert len(page.attributes("article", "id")) == 8
    assert page.attributes("details", "class").count("report-failure") == 1


def test_what_is_left_out_is_told(
    client: FlaskClient, run: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "MOST_FAILURES", 2)
    monkeypatch.setattr(report_page, "MOST_RULES", 1)
    monkeypatch.setattr(report_page, "MOST_PICTURE", 100)
    monkeypatch.setattr(timeline, "DRAWN", 2)
    for jobid in range(10, 15):
        run.job(jobid, "align")
        run.failed(jobid)
    text = report(client, run.id).text
    assert "What failed: 6 jobs" in text
    assert "4 more failed jobs not shown." in text
    assert "1 more rule not shown." in text
    assert "8 jobs are too many to draw. Each bar covers the time from the first start" in text
    assert "The graph is too large for a report." in text


@pytest.mark.slow
def test_a_report_of_very_many_jobs_with_very_long_texts_stays_small(
    client: FlaskClient, run: Engine
) -> None:
    long = "x" * 20_000
    row = {"run_id": 1, "part": 0, "rule": "many", "attempt": 1, "status": "Error"}
    row |= {"error": long, "shell_command": long, "wildcards": {"s": long}, "log": [long] * 50}
    row |= {"is_local": False, "is_checkpoint": False}
    with client.application.app_context(), writing() as connection:
        connection.execute(insert(Job), [row | {"key": f"m{number}"} for number in range(200)])
    answer = client.get(f"/workflow/{run.id}/report.html")
    assert answer.status_code == 200
    assert len(answer.data) < 1_000_000
