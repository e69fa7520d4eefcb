"""The log of a run: what the engine said, without its debug noise."""

from datetime import datetime

from sqlalchemy import Connection, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from panoptes.database.columns import RowId
from panoptes.database.connections import Model, UTCDateTime
from panoptes.database.prepared import PreparedInsert

LEVELS = ("info", "warning", "error")


class Message(Model):
    """A line; `level` is one of LEVELS."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    time: Mapped[datetime] = mapped_column(UTCDateTime)
    level: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String)

    __table_args__ = (
        Index("messages_of_run", "run_id", "id"),
        Index("messages_by_level", "run_id", "level", "id"),
    )


_INSERT = PreparedInsert(Message)


def add_message(connection: Connection, run_id: int, time: datetime, level: str, text: str) -> None:
    """Keep a line of the run's log."""
    _INSERT.run(connection, {"run_id": run_id, "time": time, "level": level, "text": text})
