"""What the jobs of each rule used, beside what they asked for: sums that no page has to make.

Only attempts whose engine says what they used are counted.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnClause,
    Connection,
    Float,
    ForeignKey,
    Integer,
    String,
    bindparam,
    case,
    func,
    select,
)

from panoptes.common.usage import cores_used, figure, whole_figure
from panoptes.database.columns import RowId
from panoptes.database.prepared import PreparedInsert, PreparedSelect
from panoptes.database.tables import Model, column
from panoptes.models.job import Job

# Letters that hold the figures of some 50 jobs.
MOST_RECENT = 600


class RuleUsage(Model):
    """The figures of one rule in a run, of `jobs` attempts that ended.

    Memory is in bytes, times are in seconds; `asked_…` is the most that one of them asked for, and
    `most_…` the most that one used. Cores are what an attempt kept busy on average. `recent_…` are
    the figures of the latest, newest first, as one text with a blank behind each: a database has
    no quartiles. What no attempt said is None or "".
    """

    __tablename__ = "rule_usage"

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    rule: ColumnClause[str] = column(String, primary_key=True)
    jobs: ColumnClause[int] = column(Integer)
    asked_memory: ColumnClause[int | None] = column(RowId)
    most_memory: ColumnClause[int | None] = column(RowId)
    recent_memory: ColumnClause[str] = column(String)
    asked_cores: ColumnClause[int | None] = column(RowId)
    most_cores: ColumnClause[float | None] = column(Float)
    recent_cores: ColumnClause[str] = column(String)
    asked_seconds: ColumnClause[float | None] = column(Float)
    most_seconds: ColumnClause[float | None] = column(Float)
    recent_seconds: ColumnClause[str] = column(String)
    cpu_seconds: ColumnClause[float | None] = column(Float)
    read_bytes: ColumnClause[int | None] = column(RowId)
    written_bytes: ColumnClause[int | None] = column(RowId)


class _Asked(NamedTuple):
    rule: str
    requested_memory: int | None
    requested_seconds: float | None
    threads: int | None
    usage: Mapping[str, Any] | None


_MOST_OF = ("asked_memory", "asked_cores", "asked_seconds", "most_memory", "most_cores")
_SUM_OF = ("cpu_seconds", "read_bytes", "written_bytes")
_RECENT = ("recent_memory", "recent_cores", "recent_seconds")


def _add_to_known(statement: Any) -> Any:
    """Let an INSERT add the row's figures to those of its rule, if there are any."""
    known, new = RuleUsage.__table__.c, statement.excluded

    def either(name: str, both: Callable[[Any, Any], Any]) -> Any:
        """Return what `both` makes of two figures, or the one that is known."""
        return func.coalesce(both(known[name], new[name]), known[name], new[name])

    def larger(one: Any, other: Any) -> Any:
        return case((one >= other, one), (other > one, other))

    values = {"jobs": known.jobs + new.jobs}
    values |= {name: either(name, larger) for name in (*_MOST_OF, "most_seconds")}
    values |= {name: either(name, lambda one, other: one + other) for name in _SUM_OF}
    values |= {name: func.substr(new[name] + known[name], 1, MOST_RECENT) for name in _RECENT}
    return statement.on_conflict_do_update(index_elements=("run_id", "rule"), set_=values)


_ADD = PreparedInsert(RuleUsage, _add_to_known)
_FIND = PreparedSelect(
    select(*(Job.__table__.c[name] for name in _Asked._fields)).where(Job.id == bindparam("id")),
    _Asked,
)


def is_known(connection: Connection, job_id: int) -> bool:
    """Return whether a job's engine has told what its latest attempt used."""
    job = _FIND.first(connection, {"id": job_id})
    return job is not None and bool(job.usage)


def count_usage(connection: Connection, run_id: int, job_id: int) -> None:
    """Count what the latest attempt of a job used, of which its engine has just told."""
    job = _FIND.first(connection, {"id": job_id})
    if job is None or not job.rule or not job.usage:
        return
    used = {name: figure(value) for name, value in job.usage.items()}
    seconds, memory = used.get("seconds"), used.get("max_memory")
    cores = cores_used(job.usage)
    row = {
        "run_id": run_id,
        "rule": job.rule,
        "jobs": 1,
        "asked_memory": job.requested_memory,
        "asked_cores": job.threads,
        "asked_seconds": job.requested_seconds,
        "most_memory": whole_figure(memory),
        "most_cores": cores,
        "most_seconds": seconds,
        "recent_memory": _written(memory),
        "recent_cores": _written(cores),
        "recent_seconds": _written(seconds),
        "cpu_seconds": used.get("cpu_seconds"),
        **{name: whole_figure(used.get(name)) for name in ("read_bytes", "written_bytes")},
    }
    _ADD.run(connection, row)


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.4g} "
