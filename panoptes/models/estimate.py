"""The estimate of when a run will be done: the latest one, and those that were made on the way."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnClause,
    Connection,
    Float,
    ForeignKey,
    Integer,
    bindparam,
    exists,
    insert,
    select,
    update,
)

from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, column
from panoptes.models.run import NEXT_REVISION, Run


class Estimate(Model):
    """The first estimate of a run that was made in a tenth of it, kept to learn from its error.

    `tenth` is by the estimate itself. `predicted`, `shown`, `low` and `high` are the seconds left,
    before and after correction. `is_history`: earlier runs of the workflow were its ground;
    `is_ordered`: so was the order in which their jobs ended. `version` is that of the model.
    """

    __tablename__ = "estimates"

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    tenth: ColumnClause[int] = column(Integer, primary_key=True)
    made_at: ColumnClause[datetime] = column(UTCDateTime)
    version: ColumnClause[int] = column(Integer)
    is_history: ColumnClause[bool] = column(Boolean)
    is_ordered: ColumnClause[bool] = column(Boolean)
    predicted: ColumnClause[float] = column(Float)
    shown: ColumnClause[float] = column(Float)
    low: ColumnClause[float] = column(Float)
    high: ColumnClause[float] = column(Float)


_OF_RUN = update(Run).where(Run.id == bindparam("which"), Run.ended_at.is_(None))
_IS_KNOWN = exists().where(Estimate.run_id == bindparam("run"), Estimate.tenth == bindparam("of"))


def keep_estimate(
    connection: Connection,
    run_id: int,
    now: datetime,
    peak_threads: int,
    shown: Mapping[str, Any] | None,
    made: Mapping[str, Any] | None,
) -> None:
    """Note that an estimate of a run was made; `shown` is what is new about it, if anything is.

    Then pages of the run are made anew. `made` are columns of the `Estimate`: the first in its
    tenth is kept. `peak_threads` is how many threads the run's jobs had at once until now.
    """
    values: dict[str, Any] = {"estimated_at": now, "peak_threads": peak_threads}
    if shown is not None:
        values |= {"estimate": shown, "revision": NEXT_REVISION}
    if not connection.execute(_OF_RUN.values(values), {"which": run_id}).rowcount:
        return
    if made is not None:
        known = connection.scalar(select(_IS_KNOWN), {"run": run_id, "of": made["tenth"]})
        if not known:
            connection.execute(insert(Estimate), {"run_id": run_id, "made_at": now, **made})
