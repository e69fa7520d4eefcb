"""The log of a run: what the engine said, without its debug noise."""

from datetime import datetime

from sqlalchemy import ColumnClause, Connection, ForeignKey, Index, String

from panoptes.database.columns import RowId
from panoptes.database.connections import UTCDateTime
from panoptes.database.prepared import PreparedInsert
from panoptes.database.tables import Model, column

LEVELS = ("info", "warning", "error")


class Message(Model):
    """A line; `level` is one of LEVELS."""

    __tablename__ = "messages"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"))
    time: ColumnClause[datetime] = column(UTCDateTime)
    level: ColumnClause[str] = column(String(10))
    text: ColumnClause[str] = column(String)

    __table_args__ = (
        Index("messages_of_run", "run_id", "id"),
        Index("messages_by_level", "run_id", "level", "id"),
    )


_INSERT = PreparedInsert(Message)


def add_message(connection: Connection, run_id: int, time: datetime, level: str, text: str) -> None:
    """Keep a line of the run's log."""
    _INSERT.run(connection, {"run_id": run_id, "time": time, "level": level, "text": text})
