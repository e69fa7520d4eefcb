"""When a run will be done is told wherever the run is shown, with what that is made from."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.app import housekeeper
from tests.conftest import Clock
from tests.engine import Engine
from tests.estimated import estimated_run
from tests.web.pages.conftest import Open

RANGE = r"ends ≈ [^()]+ \( ?[^()]+ to [^()]+\) ?"
BASIS = "rough, from 2 runs; past estimates here were off by 0 %"


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("/workflow/{id}", rf"{RANGE}, {BASIS}"),
        ("/workflow/{id}/timeline", BASIS),
        ("/", rf"pending · {RANGE}, rough"),
        ("/workflows/", r"ends ≈ [\d:]+"),
    ],
)
def test_every_page_tells_when_a_run_ends(
    app: Flask, client: FlaskClient, time: Clock, read: Open, page: str, words: str
) -> None:
    run = estimated_run(app, client, time)
    text = read(page.format(id=run.id)).text.replace("\xa0", " ")
    assert re.search(words, text)


def test_why_there_is_no_estimate_is_told_quietly(
    app: Flask, client: FlaskClient, time: Clock, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.plan(align=10)
    run.job(1)
    assert "No estimate yet: It has just begun." in read(f"/workflow/{run.id}").text
    time.move(seconds=12)
    housekeeper(app).estimate_step()
    words = "No estimate yet: Fewer than 3 jobs are done"
    assert words in read(f"/workflow/{run.id}").text
    run.failed(1)
    assert "No estimate" not in read(f"/workflow/{run.id}").text
