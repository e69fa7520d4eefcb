"""The runs of a workflow side by side: the strip, the page and the endpoint."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


@pytest.fixture
def runs(client: FlaskClient, time: Clock) -> FlaskClient:
    """A client with three runs: the second failed, the third was slow."""
    for seconds, fails in ((60, False), (60, True), (180, False)):
        run = Engine(client, "nightly")
        run.plan(align=1)
        run.job(1, "align")
        time.move(seconds=seconds)
        if fails:
            run.failed(1, "align", msg="It is broken.")
        else:
            run.finished(1)
            run.progress(1, 1)
        run.info("Complete log: .snakemake/log/x.log")
    return client


def text_of(client: FlaskClient, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).text))


def test_every_page_of_a_run_has_a_strip_of_the_latest_runs(runs: FlaskClient) -> None:
    for page in ("", "/timeline", "/graph", "/samples", "/history"):
        strip = runs.get(f"/workflow/1{page}?run=2").text
        assert 'aria-label="Run 2: Error, 1 min" aria-current="true"' in strip, page
        assert 'rel="prev" href="' in strip
        assert re.search(r'rel="next" href="/workflow/1[^"]*run=3', strip)
        assert "run 2 of 3" in strip


def test_a_run_that_never_began_is_stale_in_the_strip_too(runs: FlaskClient, time: Clock) -> None:
    Engine(runs, "nightly")
    time.move(minutes=6)
    page = runs.get("/workflow/1").text
    assert 'aria-label="Run 4: Stale, ' in page
    assert "Stale" in re.sub(r"<[^>]+>", " ", page)


def test_a_workflow_with_one_run_has_none(engine: Engine) -> None:
    assert 'class="strip"' not in engine.web.get(f"/workflow/{engine.id}").text


def test_the_page_has_a_column_for_each_run_and_marks_what_became_slower(
    runs: FlaskClient,
) -> None:
    text = text_of(runs, "/workflow/1/history")
    assert "Rule 1 2 3 Whole run ✓ 60 s ✗ Error 60 s ✓ 3.0 min" in text
    assert "align 3.0 × slower ✓ 60 s ✗ Error – ✓ 3.0 min" in text
    assert "Jobs 1 1 1 Failed – 1 – align" in text
    assert "1 of 3 runs failed (33 %)." in text


def test_trends_are_drawn_with_the_failed_runs_hollow(runs: FlaskClient) -> None:
    page = runs.get("/workflow/1/history").text
    # Runs of one, one and three minutes: two full bars, and a hollow one between them.
    assert '<path d="M0 100V67h.8V100ZM2 100V0h.8V100Z"/>' in page
    assert '<path class="hollow" d="M1 100V67h.8V100Z"/>' in page
    axis = re.search(r'<svg class="history-axis".*?</svg>', page)
    assert axis is not None
    assert re.findall(r'y="([\d.]+)%" dy="4">([^<]+)', axis[0]) == [
        ("66.67", "1 min"),
        ("33.33", "2 min"),
        ("0.0", "3 min"),
    ]


def test_the_runs_are_listed_below_with_their_labels_and_notes(runs: FlaskClient) -> None:
    said = {"labels": ["new-kit"], "note": "Slow disk.", "baseline": True}
    runs.put("/api/workflow/1/runs/2", json=said)
    text = text_of(runs, "/workflow/1/history")
    assert "Rule 1 2 ◆ baseline 3 Whole run" in text
    assert "Run 2 baseline new-kit Slow disk." in text


def test_it_can_be_filtered_by_status(runs: FlaskClient) -> None:
    assert "Whole run ✗ Error 60 s Jobs 1" in text_of(runs, "/workflow/1/history?status=Error")
    assert "No run matches, status Cancelled." in text_of(
        runs, "/workflow/1/history?status=Cancelled"
    )


def test_programs_get_only_so_many_rules_at_once(
    runs: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Engine(runs, "nightly")
    run.job(1, "align")
    run.job(2, "sort")
    monkeypatch.setattr("panoptes.web.api.workflows.MOST_RULES", 1)
    told = runs.get("/api/workflow/1/history").get_json()
    assert list(told["rules"]) == ["align"]


def test_programs_get_the_medians_of_each_run(runs: FlaskClient) -> None:
    told = runs.get("/api/workflow/1/history").get_json()
    assert [(run["run"], run["status"], run["duration"]) for run in told["runs"]] == [
        (3, "Done", 180.0),
        (2, "Error", 60.0),
        (1, "Done", 60.0),
    ]
    assert told["rules"] == {"align": [180.0, None, 60.0]}
    assert told["count"] == 3
    page = runs.get("/api/workflow/1/history?per_page=1&page=2&status=Done").get_json()
    assert ([run["run"] for run in page["runs"]], page["count"]) == ([1], 2)
    assert runs.get("/api/workflow/1/history?status=Nonsense").status_code == 400


def test_the_history_is_a_table_of_all_runs_that_match(
    runs: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panoptes.queries.runs.CHUNK", 2)
    said = {"labels": ["=new", "kit"], "note": "Two\nlines.", "baseline": True}
    runs.put("/api/workflow/1/runs/1", json=said)
    answer = runs.get("/workflow/1/history.csv")
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=nightly-history.csv"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(row["run"], row["duration"], row["median of align"]) for row in rows] == [
        ("3", "180.0", "180.0"),
        ("2", "60.0", ""),
        ("1", "60.0", "60.0"),
    ]
    last = rows[-1]
    assert (last["labels"], last["note"], last["is_baseline"]) == (
        "'=new; kit",
        "Two\nlines.",
        "yes",
    )
    whole = runs.get("/workflow/1/history.tsv?label=kit&status=Done").text
    assert [line.split("\t")[0] for line in whole.splitlines()] == ["run", "1"]
    assert runs.get("/api/workflow/1/history?format=tsv&label=kit&status=Done").text == whole
    assert runs.get("/workflow/1/history.csv?status=Nonsense").status_code == 400
    assert (
        'href="/workflow/1/history.csv?label=kit"' in runs.get("/workflow/1/history?label=kit").text
    )
