"""The moment of which an answer speaks: made once for each request."""

from flask import g

from panoptes.common import clock
from panoptes.common.moment import Moment, moment_at
from panoptes.web.services import services


def request_time() -> Moment:
    """Return when this request was first asked about, and which runs are silent then."""
    moment: Moment | None = g.get("moment")
    if moment is None:
        moment = g.moment = moment_at(clock.utcnow(), services().settings.stale_hours)
    return moment
