"""An app that tells a receiver on this machine of all that happens."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from panoptes.app import housekeeper
from panoptes.config.recipients import read_webhook
from panoptes.config.settings import Settings
from panoptes.database.connections import reading
from panoptes.models import Notification
from panoptes.web.services import services
from tests.conftest import Clock, serve
from tests.receiver import Receiver, running_receiver

SECRET = "a secret of sixteen and more"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxy settings are not for addresses on the machine itself."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture
def settings(ready_url: str, tmp_path: Path, receiver: Receiver) -> Settings:
    return Settings(
        db_url=ready_url,
        secret_key_file=str(tmp_path / "panoptes.key"),
        webhook=(read_webhook(receiver.url),),
        webhook_secret=SECRET,
        public_url="https://panoptes.example",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    yield from serve(settings)


@pytest.fixture
def app_with(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """Another server on the same database, with other settings."""
    made = []

    def make(**changes: Any) -> Flask:
        serving = serve(replace(settings, **changes))
        made.append(serving)
        return next(serving)

    yield make
    for serving in made:
        next(serving, None)


@pytest.fixture
def deliver(app: Flask, time: Clock, receiver: Receiver) -> Callable[..., list[dict[str, Any]]]:
    """Let some seconds pass, send all that is due, and return what came since the last time."""

    def send(seconds: float = 4) -> list[dict[str, Any]]:
        time.move(seconds=seconds)
        send_all(app)
        came = [json.loads(each.body) for each in receiver.received]
        receiver.received.clear()
        return came

    return send


def send_all(app: Flask) -> int:
    """Send all that is due; return how many steps that took."""
    keeper = housekeeper(app)
    with app.app_context():
        recipients = services().notifier.recipients
    steps = 0
    news = (keeper.write_silent_runs, keeper.write_late_runs)
    while any(write() for write in news) or any(map(keeper.send_due, recipients)):
        steps += 1
        assert steps < 100
    return steps


def waiting(app: Flask) -> int:
    """Return how many notifications wait."""
    with app.app_context():
        found = select(func.count()).where(Notification.due_at.is_not(None))
        return int(reading().scalar(found) or 0)
