"""The times by which queries tell how runs stand, and the parameters that stand for them."""

from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from sqlalchemy import bindparam

from panoptes.common.moment import Moment
from panoptes.common.status import SHORTEST_SILENCE, TIME_TO_START
from panoptes.database.connections import UTCDateTime

# What failed or fell silent before is folded away.
LATELY = timedelta(days=7)
# No run is silent where silence has no limit.
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


class Times(NamedTuple):
    """Times of a moment, or the parameters that stand for them in a query that is built once.

    A run is silent that was last heard of before `silent`; none that was heard of since `heard`
    can be. One that was registered before `begun` should have begun. What was before `lately` is
    no news.
    """

    now: Any
    silent: Any
    begun: Any
    heard: Any
    lately: Any


TIME_PARAMETERS = Times(*(bindparam(name, type_=UTCDateTime) for name in Times._fields))


def times_of(moment: Moment) -> Times:
    """Return the times of a moment."""
    now = moment.now
    silent = moment.silent or _NEVER
    return Times(now, silent, now - TIME_TO_START, now - SHORTEST_SILENCE, now - LATELY)
