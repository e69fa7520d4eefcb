"""What waits in the database is sent once, and again until it arrives."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from panoptes.app import housekeeper
from panoptes.config.recipients import read_webhook
from panoptes.database.connections import reading, sql_engine
from panoptes.models import Notification, delivery, notification
from panoptes.models.delivery import PAUSES, TOO_OLD
from panoptes.notify import notifier
from tests.conftest import Clock
from tests.notify.conftest import send_all, waiting
from tests.notify.test_telling import Deliver, done_run
from tests.receiver import Receiver, running_receiver, trickling_receiver


def row(app: Flask) -> Any:
    with app.app_context():
        return reading().execute(select(Notification.__table__)).one()


def errors(app: Flask) -> set[str | None]:
    with app.app_context():
        return set(reading().scalars(select(Notification.error)))


def test_nothing_is_sent_in_the_moment_of_the_event(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver
) -> None:
    done_run(client)
    assert send_all(app) == 0
    assert (waiting(app), receiver.received) == (1, [])


def test_what_was_sent_is_kept_without_what_it_said(
    app: Flask, client: FlaskClient, deliver: Deliver, time: Clock
) -> None:
    done_run(client)
    deliver()
    found = row(app)
    assert (found.due_at, found.sent_at, found.facts) == (None, time.now, None)
    assert (found.kind, found.tries, found.error) == ("done", 1, None)


def test_a_receiver_that_comes_back_gets_what_it_missed(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver, deliver: Deliver
) -> None:
    receiver.status = 500
    done_run(client)
    first = deliver()
    assert row(app).error == "the receiver answered 500"
    receiver.status = 204
    assert deliver(PAUSES[0].total_seconds() - 1) == []
    assert deliver(2) == first, "The same id and the same facts."
    assert waiting(app) == 0


def test_a_receiver_that_is_down_gets_it_when_it_is_up(
    app_with: Callable[..., Flask], time: Clock
) -> None:
    with running_receiver() as gone:
        port = gone.port
    app = app_with(webhook=(read_webhook(gone.url),))
    done_run(app.test_client())
    time.move(seconds=4)
    send_all(app)
    assert "refused" in row(app).error
    with running_receiver(port) as back:
        time.move(seconds=15)
        send_all(app)
        assert [json.loads(each.body)["event"] for each in back.received] == ["done"]


def test_it_is_tried_more_and_more_seldom_and_then_given_up(
    app: Flask,
    client: FlaskClient,
    time: Clock,
    receiver: Receiver,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.status = 503
    done_run(client)
    assert len(deliver()) == 1
    for pause in PAUSES:
        assert "it is given up" not in caplog.text
        assert deliver(pause.total_seconds() - 0.5) == []
        assert len(deliver(1)) == 1
    assert deliver(10**6) == []
    found = row(app)
    assert (found.due_at, found.sent_at) == (None, None)
    assert (found.tries, found.error) == (len(PAUSES) + 1, "the receiver answered 503")
    assert f"Couldn't notify http://127.0.0.1:{receiver.port}/… of 'done'" in caplog.text
    assert "it is given up" in caplog.text
    assert "/hook" not in caplog.text, "Addresses hold secrets."


def test_one_that_nobody_takes_does_not_hold_up_the_others(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver, deliver: Deliver
) -> None:
    receiver.status = 400
    done_run(client, "poison")
    assert len(deliver()) == 1
    receiver.status = 200
    done_run(client, "other")
    came = deliver(PAUSES[0].total_seconds() + 1)
    assert [each["workflow"]["name"] for each in came] == ["other", "poison"]


def test_a_receiver_that_is_down_is_asked_for_one_of_many(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver, deliver: Deliver
) -> None:
    receiver.status = 500
    for name in ("a", "b", "c"):
        done_run(client, name)
    assert len(deliver()) == 1


def test_what_waited_for_days_is_given_up(
    app: Flask,
    client: FlaskClient,
    time: Clock,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    done_run(client)
    assert deliver((TOO_OLD + timedelta(minutes=1)).total_seconds()) == []
    assert row(app).error == "it waited for too long"
    assert "it waited for too long" in caplog.text


def test_who_is_no_recipient_any_more_is_told_nothing(
    app: Flask, client: FlaskClient, app_with: Callable[..., Flask], time: Clock
) -> None:
    done_run(client)
    time.move(seconds=4)
    with running_receiver() as other:
        assert send_all(app_with(webhook=(read_webhook(other.url),))) == 0
        assert (waiting(app), other.received) == (1, [])


def test_addresses_are_not_in_the_database(app: Flask, client: FlaskClient, time: Clock) -> None:
    done_run(client)
    assert "127.0.0.1" not in repr(row(app))


# --- several senders ------------------------------------------------------------------------------


def test_of_several_that_find_the_same_one_sends_it(
    app: Flask, client: FlaskClient, app_with: Callable[..., Flask], time: Clock, receiver: Receiver
) -> None:
    for number in range(12):
        done_run(client, f"run-{number}")
    time.move(seconds=4)
    apps = [app, app_with(), app_with()]
    threads = [threading.Thread(target=send_all, args=(each,)) for each in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [each.headers["Webhook-Id"] for each in receiver.received]
    assert (len(ids), len(set(ids))) == (12, 12)


def test_what_was_claimed_meanwhile_is_left_alone(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver
) -> None:
    done_run(client)
    time.move(seconds=4)
    with app.app_context():
        key = row(app).recipient
        with sql_engine().connect() as connection:
            found = delivery.find_due(connection, key, time.now)
        with sql_engine().begin() as connection:
            assert delivery.claim(connection, found, {}, time.now)
        with sql_engine().begin() as connection:
            assert not delivery.claim(connection, found, {}, time.now)
    assert send_all(app) == 0


def test_whoever_died_while_sending_leaves_it_to_others(
    app: Flask, client: FlaskClient, time: Clock, receiver: Receiver, monkeypatch: Any
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    done_run(client)
    time.move(seconds=4)
    with monkeypatch.context() as patched:
        patched.setattr("panoptes.notify.webhooks.send", die)
        with pytest.raises(Killed):
            send_all(app)
    assert (send_all(app), receiver.received) == (0, [])
    time.move(minutes=5)
    send_all(app)
    assert len(receiver.received) == 1


def test_a_receiver_whose_answer_never_ends_is_late(
    app_with: Callable[..., Flask], time: Clock, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "DEADLINE", 0.3)
    with trickling_receiver() as url:
        app = app_with(webhook=(read_webhook(url), read_webhook(receiver.url)))
        done_run(app.test_client())
        time.move(seconds=4)
        assert send_all(app) == 2
        assert errors(app) == {None, "no whole answer within 0.3 s"}
        time.move(seconds=PAUSES[0].total_seconds() + 1)
        assert send_all(app) == 1
        assert errors(app) == {None, "it is still answering the last one"}


def test_no_receiver_waits_for_another_one(
    app_with: Callable[..., Flask], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification, "SETTLE", timedelta(0))
    with trickling_receiver() as url:
        app = app_with(webhook=(read_webhook(url), read_webhook(receiver.url)))
        end = housekeeper(app).start()
        for number in range(3):
            done_run(app.test_client(), f"run-{number}")
        assert len(receiver.wait_for(3)) == 3
    end()
