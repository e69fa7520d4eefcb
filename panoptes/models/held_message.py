"""Messages of cancelled runs: kept as long as the cancelling may be undone, unread."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    bindparam,
    delete,
    func,
    select,
)

from panoptes.database.columns import RowId
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedInsert
from panoptes.database.tables import Model, column


class HeldMessage(Model):
    """A message: its request's content type and body, and the id that it was reported under.

    `workflow_id` is 0 where the engine named the run itself.
    """

    __tablename__ = "held_messages"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"))
    arrived: ColumnClause[datetime] = column(UTCDateTime)
    workflow_id: ColumnClause[int] = column(BigInteger)
    content_type: ColumnClause[str] = column(String)
    body: ColumnClause[bytes] = column(LargeBinary)

    __table_args__ = (
        Index("held_of_run", "run_id", "id"),
        Index("held_by_arrival", "arrived"),
    )


class Held(NamedTuple):
    """A message that was kept; `arrived` is UTC."""

    arrived: datetime
    workflow_id: int
    content_type: str
    body: bytes


_INSERT = PreparedInsert(HeldMessage)
_OF_RUN = HeldMessage.run_id == bindparam("run")
_COUNT = select(func.count()).where(_OF_RUN)
_READ = (
    select(*(HeldMessage.__table__.c[name] for name in Held._fields))
    .where(_OF_RUN)
    .order_by(HeldMessage.id)
)
_DELETE = delete(HeldMessage).where(_OF_RUN)
_OLD = (
    select(HeldMessage.id)
    .where(HeldMessage.arrived < bindparam("before", type_=UTCDateTime))
    .limit(bindparam("limit"))
)
_DELETE_OLD = delete(HeldMessage).where(HeldMessage.id.in_(_OLD))


def hold(connection: Connection, run_id: int, message: Held) -> None:
    """Keep a message of a run that is cancelled."""
    _INSERT.run(connection, {"run_id": run_id, **message._asdict()})


def count_held(connection: Connection, run_id: int) -> int:
    """Return how many messages of a run are kept."""
    return connection.scalar(_COUNT, {"run": run_id}) or 0


def held(connection: Connection, run_id: int) -> Iterator[Held]:
    """Yield the messages of a run that are kept, in the order in which they came."""
    for row in connection.execute(_READ, {"run": run_id}):
        yield Held(*row)


def forget_held(connection: Connection, run_id: int) -> None:
    """Keep the messages of a run no longer."""
    connection.execute(_DELETE, {"run": run_id})


def forget_old(connection: Connection, before: datetime, limit: int) -> int:
    """Remove some messages that came before a time, and return how many that were."""
    return connection.execute(_DELETE_OLD, {"before": before, "limit": limit}).rowcount
