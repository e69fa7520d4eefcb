"""What the jobs of each rule took in a run that ended: from it, history and estimates are made.

It is written in the background when a run has ended, so that neither reads all jobs of runs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    delete,
    insert,
    update,
)

from panoptes.database.columns import Json
from panoptes.database.tables import Model, column
from panoptes.models.run import Run


class RuleTimes(Model):
    """What those jobs of a rule took that are done and whose time is known; times are in seconds.

    `mean` is theirs, each cut at three times their median. `quantiles` are 21, at equal steps from
    the shortest to the longest. `finishing` is the mean of those that ended first as a share of the
    mean of all, for each tenth of them; empty for few jobs. `by_wildcards` are the times of some
    jobs, by what stands for their wildcards. `threads` is the most that one of them had.
    """

    __tablename__ = "rule_times"

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    rule: ColumnClause[str] = column(String, primary_key=True)
    jobs: ColumnClause[int] = column(Integer)
    mean: ColumnClause[float] = column(Float)
    threads: ColumnClause[int] = column(Integer)
    quantiles: ColumnClause[list[float]] = column(Json)
    finishing: ColumnClause[list[float]] = column(Json)
    by_wildcards: ColumnClause[dict[str, float]] = column(Json)

    # A rule that a workflow has never had may be known from others.
    __table_args__ = (Index("times_by_rule", "rule", "run_id"),)


def sum_up(
    connection: Connection,
    run_id: int,
    rows: Sequence[Mapping[str, Any]],
    peak_threads: int,
    edges: Sequence[tuple[str, str]],
) -> None:
    """Keep what the rules of a run that has ended took; `rows` are columns, but for the run's.

    `peak_threads` is how many its jobs had at once, `edges` are the rules that feed others.
    """
    values = {"summed_up": True, "peak_threads": peak_threads, "edges": [list(e) for e in edges]}
    has_ended = update(Run).where(Run.id == run_id, Run.ended_at.is_not(None)).values(values)
    if not connection.execute(has_ended).rowcount:
        return  # It goes on again, or is gone.
    connection.execute(delete(RuleTimes).where(RuleTimes.run_id == run_id))
    if rows:
        connection.execute(insert(RuleTimes), [{**row, "run_id": run_id} for row in rows])
