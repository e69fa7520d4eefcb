"""The latest runs of each workflow, small, in the list."""

import re

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


def ran(web: FlaskClient, time: Clock, minutes: int, *, fails: bool = False) -> Engine:
    run = Engine(web, "nightly")
    run.job(1)
    time.move(minutes=minutes)
    (run.failed if fails else run.finished)(1)
    run.info("Complete log: x")
    return run


def strips(page: str) -> list[str]:
    return re.findall(r'<svg class="small-strip".*?</svg>', page, re.DOTALL)


def test_the_list_shows_how_the_latest_runs_of_a_workflow_went(
    client: FlaskClient, time: Clock
) -> None:
    for minutes, fails in ((10, False), (5, True), (10, False)):
        ran(client, time, minutes, fails=fails)
    Engine(client, "nightly").job(1)
    time.move(minutes=20)
    Engine(client, "weekly")
    (strip,) = strips(client.get("/workflows/").text)
    assert "<title>Latest runs, the newest last: Done, Error, Done, Running</title>" in strip
    # As high as they took long, of 20 pixels; the newest, which takes longest, at the right.
    assert '<path class="part-done" d="M36 20V10h5V20zM48 20V10h5V20z"/>' in strip
    assert '<path class="part-error" d="M42 20V15h5V20z"/>' in strip
    assert 'd="M54 20V0h5V20z" fill="url(#pattern-running)"' in strip


def test_ten_runs_are_shown_whatever_the_number_and_alike_ones_are_told_together(
    client: FlaskClient, time: Clock
) -> None:
    for _ in range(12):
        run = ran(client, time, 1)
    (strip,) = strips(client.get("/workflows/").text)
    assert "newest last: 10 × Done<" in strip
    assert strip.count("M") == 10
    # What was deleted is not shown.
    deleted = client.delete(f"/api/workflow/{run.id}/runs/11")
    assert deleted.status_code == 204
    assert "newest last: 9 × Done<" in client.get("/workflows/").text


def test_where_each_workflow_has_one_run_there_is_no_column(client: FlaskClient) -> None:
    Engine(client, "nightly")
    assert strips(client.get("/workflows/").text) == []
