"""What is told only to those who ask for it by name: what is late, and what failed again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.config.recipients import EXTRAS
from panoptes.config.settings import Settings
from panoptes.models.notification import Kind
from panoptes.notify.payload import payload_of
from panoptes.queries.runs import workflow
from panoptes.web.request_time import request_time
from tests.conftest import Clock
from tests.engine import Engine
from tests.notify.conftest import waiting

Deliver = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, notify_also=EXTRAS)


def good_run(client: FlaskClient, time: Clock, minutes: float) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    time.move(minutes=minutes)
    run.finished(1)
    run.progress(1, 1)


def failed_run(client: FlaskClient, words: str, sample: str = "K7") -> None:
    run = Engine(client, "nightly")
    run.job(1, wildcards={"sample": sample})
    run.failed(1, msg=words)
    run.info("Complete log: x")


def events(came: list[dict[str, Any]]) -> list[str]:
    return [each["event"] for each in came]


def test_all_of_them_are_kinds() -> None:
    assert {Kind(each).value for each in EXTRAS} == set(EXTRAS)


def test_a_late_run_and_its_slow_job_are_told_once(
    client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    for _ in range(2):
        good_run(client, time, 10)
    deliver()
    run = Engine(client, "nightly")
    run.job(1, wildcards={"sample": "K7"})
    assert deliver(1_700) == []
    came = {each["event"]: each for each in [*deliver(120), *deliver()]}
    assert set(came) == {"late", "slow-job"}
    assert came["late"]["title"] == "◷ nightly: late, usually 10 min"
    assert came["slow-job"]["title"] == "◷ nightly: a job is slow"
    assert "Slow: align sample=K7 for 30 min 24 s, usually 10 min" in came["slow-job"]["text"]
    assert deliver(600) == []


def test_a_slow_job_that_ends_while_it_is_to_be_told_stops_nothing(
    app: Flask, client: FlaskClient, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.finished(1)
    with app.test_request_context():
        moment = request_time()
        found = workflow(moment, run.id)
        assert found is not None
        assert "Slow" not in payload_of(Kind.SLOW_JOB, found, moment, "")["text"]


def test_a_run_that_ended_in_the_meantime_isn_t_told_as_late(
    client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    good_run(client, time, 10)
    deliver()
    good_run(client, time, 60)
    assert events(deliver()) == ["done"]


def test_a_failure_with_the_same_words_is_told_as_one(
    client: FlaskClient, deliver: Deliver
) -> None:
    failed_run(client, "no space left on device")
    assert events(deliver()) == ["error"]
    failed_run(client, "no space left on device")
    came = deliver()
    assert sorted(events(came)) == ["error", "failed-again"]
    assert "✗ nightly: failed again with the same words" in [each["title"] for each in came]


@pytest.mark.parametrize(("words", "sample"), [("a file is broken", "K7"), ("no space", "K8")])
def test_other_words_and_other_jobs_are_another_failure(
    client: FlaskClient, deliver: Deliver, words: str, sample: str
) -> None:
    failed_run(client, "no space")
    deliver()
    failed_run(client, words, sample)
    assert events(deliver()) == ["error"]


def test_after_a_good_run_a_failure_isn_t_told_as_one_that_came_again(
    client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    failed_run(client, "no space")
    good_run(client, time, 1)
    deliver()
    failed_run(client, "no space")
    assert events(deliver()) == ["error"]


def test_who_asks_for_none_is_told_none(app_with: Callable[..., Flask], time: Clock) -> None:
    app = app_with(notify_also=())
    for _ in range(2):
        failed_run(app.test_client(), "no space")
    assert waiting(app) == 4  # A failure and an end of each.
