"""The moment of which an answer speaks, by the app's settings."""

from panoptes.common import clock
from panoptes.common.status import silent_since
from panoptes.queries.results import Moment
from panoptes.web.services import services


def request_time() -> Moment:
    """Return the time now and since when a running workflow is Stale."""
    now = clock.utcnow()
    return Moment(now, silent_since(now, services().settings.stale_hours))
