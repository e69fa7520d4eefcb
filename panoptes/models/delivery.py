"""How a notification leaves the database.

Whoever sends it claims it first, so that only one of several workers and servers does. A claim
expires, so that another one sends it where the first one died.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from panoptes.database.connections import UTCDateTime
from panoptes.models.notification import Notification

# How long whoever claims a notification has to send it.
LEASE = timedelta(minutes=5)
# How long to wait after each try that failed; after the last one the notification is given up.
PAUSES = tuple(timedelta(seconds=pause) for pause in (15, 60, 300, 1800, 7200, 21600, 43200))
# What waited longer, since no server was there to send it, is no news any more.
TOO_OLD = timedelta(days=3)


class Due(NamedTuple):
    """A notification that is to be sent now."""

    id: int
    run_id: int
    recipient: str
    kind: str
    created_at: datetime
    due_at: datetime
    tries: int
    facts: dict[str, Any] | None


# What wasn't tried yet comes first: one that its receiver refuses must not hold up the others.
_DUE = (
    select(*(getattr(Notification, field) for field in Due._fields))
    .where(
        Notification.due_at <= bindparam("now", type_=UTCDateTime),
        Notification.recipient == bindparam("recipient"),
    )
    .order_by(Notification.tries, Notification.id)
    .limit(1)
)
_THIS = Notification.id == bindparam("this")
_UPDATE = update(Notification).where(_THIS)
_CLAIM = _UPDATE.where(Notification.due_at == bindparam("due", type_=UTCDateTime))


def find_due(connection: Connection, recipient: str, now: datetime) -> Due | None:
    """Return a notification that is to be sent now to a recipient, named by its key."""
    row = connection.execute(_DUE, {"recipient": recipient, "now": now}).first()
    return None if row is None else Due(*row)


def claim(connection: Connection, notification: Due, facts: dict[str, Any], now: datetime) -> bool:
    """Claim a notification, to send these facts; return False where somebody else was faster."""
    values = {"due_at": now + LEASE, "tries": notification.tries + 1, "facts": facts}
    this = {"this": notification.id, "due": notification.due_at}
    claimed: int = connection.execute(_CLAIM.values(values), this).rowcount
    return claimed == 1


def record_success(connection: Connection, notification: Due, now: datetime) -> None:
    """Note that it was sent; what it said isn't kept."""
    values = {"due_at": None, "sent_at": now, "facts": None, "error": None}
    connection.execute(_UPDATE.values(values), {"this": notification.id})


def record_failure(connection: Connection, notification: Due, reason: str, now: datetime) -> bool:
    """Note why it couldn't be sent; return whether it will be tried again.

    Nothing else is sent to the same recipient for a while either.
    """
    tries_again: bool = notification.tries < len(PAUSES)
    due_at = now + PAUSES[notification.tries] if tries_again else None
    connection.execute(_UPDATE.values(due_at=due_at, error=reason), {"this": notification.id})
    next_try = now + PAUSES[0]
    others = update(Notification).where(
        Notification.recipient == notification.recipient, Notification.due_at < next_try
    )
    connection.execute(others.values(due_at=next_try))
    return tries_again


def give_up(connection: Connection, notification: Due, reason: str) -> None:
    """Stop trying to send it, and keep the reason."""
    connection.execute(_UPDATE.values(due_at=None, error=reason), {"this": notification.id})


def drop(connection: Connection, notification: Due) -> None:
    """Forget it, since it isn't true any more: it is written anew should it happen again."""
    connection.execute(delete(Notification).where(_THIS), {"this": notification.id})
