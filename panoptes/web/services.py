"""What the app is built of besides Flask: made once, by `create_app`, and found here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask

    from panoptes.config.settings import Settings
    from panoptes.ingest.counters import EventCounters
    from panoptes.notify.notifier import Notifier
    from panoptes.web.guard.hosts import Hosts
    from panoptes.web.guard.throttle import Throttle
    from panoptes.web.guard.token_cache import TokenCache
    from panoptes.web.intake.answering import Intake
    from panoptes.web.poll_cache import PollCache

_NAME = "panoptes"


@dataclass(frozen=True, slots=True)
class Services:
    """One app's settings, the key that signs sessions, and what all of its threads share."""

    settings: Settings
    key: bytes
    counters: EventCounters
    notifier: Notifier
    intake: Intake
    hosts: Hosts
    tokens: TokenCache
    throttle: Throttle
    polls: PollCache


def provide(app: Flask, services: Services) -> None:
    """Give an app its services."""
    app.extensions[_NAME] = services


def services_of(app: Flask) -> Services:
    """Return an app's services."""
    provided: Services = app.extensions[_NAME]
    return provided


def services() -> Services:
    """Return the services of the app that answers."""
    found: Services = current_app.extensions[_NAME]
    return found
