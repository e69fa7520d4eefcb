"""The moment of which an answer speaks: made once for each request."""

from flask import g

from panoptes.common import clock
from panoptes.common.status import silent_since
from panoptes.queries.results import Moment
from panoptes.web.services import services


def request_time() -> Moment:
    """Return when this request was first asked about, and since when a silent run is Stale."""
    moment: Moment | None = g.get("moment")
    if moment is None:
        now = clock.utcnow()
        moment = g.moment = Moment(now, silent_since(now, services().settings.stale_hours))
    return moment
