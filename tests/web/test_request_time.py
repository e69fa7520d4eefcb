"""The moment of which an answer speaks."""

from datetime import datetime
from threading import get_ident

import pytest
from flask import Flask

from panoptes.common import clock
from panoptes.web.request_time import request_time
from tests.conftest import Clock
from tests.engine import Engine


def test_it_is_one_for_all_that_a_request_asks(app: Flask, time: Clock) -> None:
    with app.test_request_context():
        moment = request_time()
        time.move(minutes=5)
        assert request_time() is moment
    with app.test_request_context():
        assert request_time().now == time.now


@pytest.mark.parametrize("path", ["/", "/workflows/", "/workflow/1", "/workflow/1/timeline"])
def test_making_a_page_reads_the_clock_once(
    engine: Engine, time: Clock, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    engine.job(1)
    readings = []

    def utcnow() -> datetime:
        readings.append(get_ident())
        return time.now

    monkeypatch.setattr(clock, "utcnow", utcnow)
    assert engine.web.get(path).status_code == 200
    # Other threads, of tests before this one, may read it at this moment too.
    assert readings.count(get_ident()) == 1
