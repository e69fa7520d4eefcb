"""Pages, notifications and commands speak as the engine of a run does."""

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.pages.conftest import Open
from tests.web.pages.document import Document

HOLDER = "RNASEQ:ALIGN"
PROCESSES = [f"{HOLDER}:STAR", "RNASEQ:SORT"]
# Ours, which Nextflow's users don't know.
OUR_WORDS = re.compile(r"\b(jobs?|rules?|wildcards?)\b", re.IGNORECASE)
PAGES = [
    *("", "/timeline", "/timeline?rule=RNASEQ:SORT", "/graph", "/samples", "/resources"),
    *("/history", "/compare?run=2&with=1", "/report.html", "/job/RNASEQ:ALIGN:STAR%20(K7)"),
    *("?status=Error", "?q=nothing", "?rules=all", "/samples?q=nothing", "/cancel"),
]


def task(number: int, process: str, sample: str, status: str, **fields: Any) -> dict[str, Any]:
    told = {"taskId": number, "status": status, "process": process, "tag": sample, "attempt": 1}
    told |= {"name": f"{process} ({sample})", "workdir": f"/work/{number}", "exit": 2147483647}
    return {**told, **fields}


def send(web: FlaskClient, what: str, told: dict[str, Any]) -> dict[str, Any]:
    method = "POST" if what == "create" else "PUT"
    answer = web.open(f"/api/tower/trace/{what}", method=method, json=told)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def run(client: FlaskClient) -> int:
    """The workflow's id of a run of Nextflow that goes on after a failure, the second of two."""
    for session in ("first", "second"):
        told = {"sessionId": session, "runName": session, "projectName": "rnaseq"}
        trace_id = send(client, "create", told)["workflowId"]
        workflow = {**told, "nextflow": {"version": "26.04.6"}}
        begun = {"workflow": workflow, "processNames": PROCESSES}
        place = send(client, f"{trace_id}/begin", begun)["watchUrl"]
        tasks = [
            task(1, PROCESSES[0], "K1", "COMPLETED", exit=0),
            task(2, PROCESSES[0], "K7", "FAILED", exit=137, errorAction="FINISH"),
            task(3, PROCESSES[1], "K1", "RUNNING"),
        ]
        send(client, f"{trace_id}/progress", {"tasks": tasks})
        if session == "first":
            failed = {**workflow, "success": False, "errorMessage": "No more room"}
            send(client, f"{trace_id}/complete", {"workflow": failed})
    return int(re.findall(r"/workflow/(\d+)", place)[0])


def ours_in(text: str) -> list[str]:
    """Return where a text has our words, with what stands around them."""
    return [text[max(0, each.start() - 40) : each.end() + 20] for each in OUR_WORDS.finditer(text)]


def test_no_page_of_a_run_says_rule_or_job_where_the_engine_says_otherwise(
    read: Open, run: int
) -> None:
    for page in PAGES:
        shown = read(f"/workflow/{run}{page}").text
        # A report begins with its style.
        assert ours_in(shown.rpartition("Report of run")[2]) == [], page


def test_what_is_found_has_the_words_of_the_engine_that_it_is_of(read: Open, run: int) -> None:
    for wanted, heading in (("STAR", "Tasks 4"), ("K7", "Tags 2"), ("ALIGN", "Processes 2")):
        found = read(f"/search?q={wanted}").text
        assert heading in found
        assert ours_in(found) == []


def test_a_task_is_shown_by_its_own_name_and_the_whole_one_is_its_title(
    read: Open, run: int
) -> None:
    for page in ("", "/job/RNASEQ:ALIGN:STAR%20(K7)", "/compare?run=2&with=1", "/report.html"):
        found = read(f"/workflow/{run}{page}")
        assert "STAR (K7)" in found.text, page
        assert f"{HOLDER}:STAR (K7)" in found.attributes("span", "title"), page
    assert f"{HOLDER}:STAR" in read(f"/workflow/{run}/samples").attributes("th", "title")
    assert f"{HOLDER}:STAR" not in read(f"/workflow/{run}/samples").text
    assert f"{HOLDER}:STAR" not in read(f"/workflow/{run}/history").text


def test_downloads_have_the_whole_names(client: FlaskClient, run: int) -> None:
    rows = json.loads(client.get(f"/workflow/{run}/jobs.json").get_data())["jobs"]
    assert {row["name"] for row in rows} == set(PROCESSES)


def test_what_is_found_by_what_holds_it_is_shown_whole(read: Open, run: int) -> None:
    assert f"{HOLDER} :STAR (K7)" in read("/search?q=align").text.replace(": ALIGN", ":ALIGN")


def test_a_total_that_grows_is_called_so_far(read: Open, run: int) -> None:
    assert "1 of 3 so far" in read("/workflows/").text
    assert "1 failed · STAR (K7)" in read("/").text
    assert "%" not in read(f"/workflow/{run}").text.partition("·")[0]


def test_a_feed_names_the_task_that_failed(client: FlaskClient, run: int) -> None:
    feed = client.get("/feed.atom").get_data(as_text=True)
    assert "First failure: STAR (K7)\n" in feed
    assert not OUR_WORDS.findall(feed)


def test_a_badge_gives_no_percentage_of_a_total_that_grows(client: FlaskClient) -> None:
    told = {"sessionId": "s", "runName": "r", "projectName": "rnaseq"}
    trace_id = send(client, "create", told)["workflowId"]
    tasks = [task(1, "A", "x", "COMPLETED", exit=0), task(2, "A", "y", "RUNNING")]
    send(client, f"{trace_id}/progress", {"tasks": tasks})
    assert "<title>rnaseq: Running</title>" in client.get("/badge/rnaseq.svg").text
    assert "1 of 2 so far – rnaseq" in Document(client.get("/workflow/1")).text
