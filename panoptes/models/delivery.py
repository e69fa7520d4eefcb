"""The way of a notification out of the database.

Whoever sends it claims it first, so that of several workers and servers only one does. A claim ends
by itself: should its holder die, another one sends it.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from panoptes.database.connections import AnyRow, UTCDateTime
from panoptes.models.notification import Notification

# Whoever claims a notification has so long to send it; then another one may.
LEASE = timedelta(minutes=5)
# How long to wait after each try that failed; after the last one it is given up.
PAUSES = tuple(timedelta(seconds=each) for each in (15, 60, 300, 1800, 7200, 21600, 43200))
# What waited longer, since nobody was there to send it, is of no interest any more.
TOO_OLD = timedelta(days=3)

_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
# Those that weren't tried yet come first: one that nobody takes must not hold up the others.
_DUE = (
    select(
        Notification.id,
        Notification.run_id,
        Notification.recipient,
        Notification.kind,
        Notification.created_at,
        Notification.due_at,
        Notification.tries,
        Notification.facts,
    )
    .where(
        Notification.due_at <= bindparam("now", type_=UTCDateTime),
        Notification.recipient.in_(_KEYS),
    )
    .order_by(Notification.tries, Notification.id)
    .limit(1)
)
_ONE = Notification.id == bindparam("which")
_CLAIM = update(Notification).where(
    _ONE, Notification.due_at == bindparam("seen", type_=UTCDateTime)
)
_UPDATE = update(Notification).where(_ONE)


def find_due(connection: Connection, keys: list[str], now: datetime) -> AnyRow | None:
    """Return a notification that is to be sent now to one of these recipients."""
    return connection.execute(_DUE, {"keys": keys, "now": now}).first()


def claim(connection: Connection, found: AnyRow, facts: dict[str, Any], now: datetime) -> bool:
    """Take what was found, to send these facts; False where another one took it meanwhile."""
    values = {"due_at": now + LEASE, "tries": found.tries + 1, "facts": facts}
    seen = {"which": found.id, "seen": found.due_at}
    claimed: int = connection.execute(_CLAIM.values(values), seen).rowcount
    return claimed == 1


def was_sent(connection: Connection, claimed: AnyRow, now: datetime) -> None:
    """It was sent: what it said isn't kept."""
    values = {"due_at": None, "sent_at": now, "facts": None, "error": None}
    connection.execute(_UPDATE.values(values), {"which": claimed.id})


def was_not_sent(connection: Connection, claimed: AnyRow, reason: str, now: datetime) -> bool:
    """It couldn't be sent; return whether it will be tried again.

    What else waits for the same recipient isn't tried at once either.
    """
    goes_on: bool = claimed.tries < len(PAUSES)
    due_at = now + PAUSES[claimed.tries] if goes_on else None
    connection.execute(_UPDATE.values(due_at=due_at, error=reason), {"which": claimed.id})
    next_try = now + PAUSES[0]
    others = update(Notification).where(
        Notification.recipient == claimed.recipient, Notification.due_at < next_try
    )
    connection.execute(others.values(due_at=next_try))
    return goes_on


def give_up(connection: Connection, found: AnyRow, reason: str) -> None:
    """Nobody is to be told any more; that it wasn't is kept."""
    connection.execute(_UPDATE.values(due_at=None, error=reason), {"which": found.id})


def drop(connection: Connection, found: AnyRow) -> None:
    """It isn't so any more: forget it, so that it is told should it happen again."""
    connection.execute(delete(Notification).where(_ONE), {"which": found.id})
