"""The moment of which an answer speaks, by the app's settings."""

from flask import current_app

from panoptes.common import clock
from panoptes.common.status import silent_since
from panoptes.queries.results import Moment


def request_time() -> Moment:
    """Return the time now and since when a running workflow is Stale."""
    now = clock.utcnow()
    return Moment(now, silent_since(now, current_app.config["STALE_HOURS"]))
