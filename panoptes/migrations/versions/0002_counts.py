"""Counts and indexes by which no page depends on how many jobs a run has."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from panoptes.common.wildcards import WORST_FIRST, brief, place
from panoptes.common.wildcards import indexed_wildcards as kept
from panoptes.common.wildcards import natural_sort_key as natural

# How they cut, sort and tell apart texts is part of what the tables hold.
from panoptes.engines.snakemake.reasons import FINISHED, LETTERS, kind

revision = "0002"
down_revision = "0001"

_CHUNK = 1000
_STATES = {"Running": "running", "Error": "error", "Cancelled": "cancelled", "Planned": "planned"}
_RECENT = 50


def RowId() -> sa.types.TypeEngine[int]:  # noqa: N802  # It stands for a type.
    """SQLite numbers rows by itself only where the type is called INTEGER."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def Time() -> sa.DateTime:  # noqa: N802
    """A time in UTC."""
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the columns, tables and indexes, and fill them from the jobs."""
    _change_runs()
    _change_rules()
    _change_jobs()
    _make_tables()
    connection = op.get_bind()
    for row in connection.execute(sa.select(_RUNS.c.id)).all():
        _fill(connection, row.id)


def _change_runs() -> None:
    for name in ("jobs_cancelled", "jobs_planned", "lines_info", "lines_warning", "lines_error"):
        op.add_column("runs", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("reasons", sa.JSON(), nullable=True))
    op.add_column(
        "runs", sa.Column("is_current", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    if op.get_bind().dialect.name != "sqlite":  # There, an integer is as large as it has to be.
        op.alter_column("runs", "revision", type_=sa.BigInteger())
    op.execute(
        "UPDATE runs SET is_current = EXISTS (SELECT 1 FROM workflows"
        " WHERE workflows.id = runs.workflow_id AND workflows.run = runs.number)"
    )
    for level in ("info", "warning", "error"):
        op.execute(
            f"UPDATE runs SET lines_{level} = (SELECT count(*) FROM messages"  # noqa: S608  # nosec B608  # Names of ours.
            f" WHERE messages.run_id = runs.id AND messages.level = '{level}')"
        )
    for name in ("runs_by_start", "runs_by_status", "runs_by_update"):
        op.drop_index(name, "runs")
    op.create_index("runs_by_start", "runs", ["is_current", "started_at"])
    op.create_index("runs_by_status", "runs", ["is_current", "status", "started_at"])
    op.create_index("runs_by_update", "runs", ["is_current", "status", "updated_at"])
    op.create_index("runs_by_revision", "runs", ["revision"])


def _is_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _change_rules() -> None:
    op.add_column("rules", sa.Column("jobs", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("rules", sa.Column("first_job", RowId(), nullable=True))
    op.add_column("rules", sa.Column("first_start", Time(), nullable=True))
    op.add_column("rules", sa.Column("last_end", Time(), nullable=True))
    op.add_column("rules", sa.Column("seconds", sa.Float(), nullable=False, server_default="0"))
    op.add_column("rules", sa.Column("longest", sa.Float(), nullable=True))
    op.add_column("rules", sa.Column("recent", sa.String(), nullable=False, server_default=""))
    op.add_column("rules", sa.Column("wildcards", sa.JSON(), nullable=True))


def _change_jobs() -> None:
    op.drop_index("jobs_by_rule", "jobs")
    op.drop_index("jobs_by_status", "jobs")
    named = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
    with op.batch_alter_table("jobs", naming_convention=named) as table:
        old = "jobs_run_id_part_key_key" if _is_postgres() else "uq_jobs_run_id_part_key"
        table.drop_constraint(old, type_="unique")
        table.create_unique_constraint("jobs_by_key", ["run_id", "key", "part"])
    op.create_index("jobs_by_rule", "jobs", ["run_id", "rule", "id", "status"])
    op.create_index("jobs_by_status", "jobs", ["run_id", "status", "id"])
    op.create_index("jobs_by_rule_seconds", "jobs", ["run_id", "rule", "seconds", "id"])
    op.create_index("jobs_by_seconds", "jobs", ["run_id", "seconds", "id"])
    op.create_index("jobs_by_start", "jobs", ["run_id", "started_at", "id"])
    op.create_index("jobs_by_end", "jobs", ["run_id", "ended_at", "id"])
    op.create_index("jobs_by_attempt", "jobs", ["run_id", "attempt", "id"])


def _make_tables() -> None:
    op.create_table(
        "wildcards",
        sa.Column("run_id", RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("job_id", RowId(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "name", "value", "job_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cells",
        sa.Column("run_id", RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("error", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("natural", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "name", "value", "rule"),
        sqlite_with_rowid=False,
    )
    sums = sa.text("rule = ''")
    op.create_index(
        "samples",
        "cells",
        ["run_id", "name", "place", "natural", "jobs", "value"],
        sqlite_where=sums,
        postgresql_where=sums,
    )


# --- what is known already ------------------------------------------------------------------------

_RUNS = sa.table(
    "runs",
    sa.column("id"),
    sa.column("jobs_cancelled"),
    sa.column("jobs_planned"),
    sa.column("reasons", sa.JSON(none_as_null=True)),
)
_JOBS = sa.table(
    "jobs",
    *(sa.column(name) for name in ("id", "run_id", "key", "part", "rule", "status", "seconds")),
    sa.column("started_at", Time()),
    sa.column("ended_at", Time()),
    sa.column("wildcards", sa.JSON()),
    sa.column("reason", sa.String()),
)
_ATTEMPTS = sa.table(
    "attempts", sa.column("job_id"), sa.column("started_at", Time()), sa.column("ended_at", Time())
)
_RULES = sa.table(
    "rules",
    *(sa.column(name) for name in ("run_id", "name", "jobs", "first_job")),
    *(sa.column(name) for name in ("seconds", "longest", "recent")),
    sa.column("first_start", Time()),
    sa.column("last_end", Time()),
    sa.column("wildcards", sa.JSON(none_as_null=True)),
)
_WILDCARDS = sa.table(
    "wildcards", *(sa.column(name) for name in ("run_id", "name", "value", "job_id"))
)
_CELLS = sa.table(
    "cells",
    *(sa.column(name) for name in ("run_id", "name", "value", "rule", "jobs", *_STATES.values())),
    *(sa.column(name) for name in ("key", "part", "place", "natural")),
)


class _Rule:
    """What a rule's row holds of its jobs."""

    def __init__(self) -> None:
        self.jobs = 0
        self.first_job: int | None = None
        self.starts: list[Any] = []
        self.ends: list[Any] = []
        self.seconds = 0.0
        self.longest: float | None = None
        self.recent: list[str] = []
        self.wildcards: list[str] = []

    def add(self, job: Any) -> None:
        """Add a job that was announced."""
        self.jobs += 1
        self.first_job = self.first_job or job.id
        self.add_times(job.started_at, job.ended_at)
        if job.status == "Done" and job.seconds is not None:
            self.longest = max(job.seconds, self.longest or 0.0)
            self.recent = [f"{job.seconds:.6g} ", *self.recent][:_RECENT]
        self.wildcards = self.wildcards or [name for name, _ in kept(job.wildcards)]

    def add_times(self, start: Any, end: Any) -> None:
        """Add an attempt, of which nothing but its ends is kept."""
        self.starts = [min([start, *self.starts])] if start else self.starts
        self.ends = [max([end, *self.ends])] if end else self.ends
        if start and end:
            self.seconds += max(0.0, (end - start).total_seconds())


def _fill(connection: sa.Connection, run_id: int) -> None:
    """Count what is known of a run's jobs."""
    rules: dict[str, _Rule] = defaultdict(_Rule)
    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    reasons: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for jobs in _chunks(connection, run_id):
        links = []
        for job in jobs:
            states[job.status] += 1
            if job.rule:
                rules[job.rule].add(job)
                reasons[kind(job.reason).name] += 1
                links += _count(cells, run_id, job)
        if links:
            connection.execute(_WILDCARDS.insert(), links)
    for rule, start, end in _earlier(connection, run_id):
        rules[rule].add_times(start, end)
    _write(connection, run_id, rules, cells)
    values = {"jobs_cancelled": states["Cancelled"], "jobs_planned": states["Planned"]}
    of_run = _RUNS.update().where(_RUNS.c.id == run_id)
    connection.execute(of_run.values(reasons=dict(reasons) or None, **values))


def _chunks(connection: sa.Connection, run_id: int) -> Iterator[list[Any]]:
    """Yield a run's jobs as they were announced, few at a time."""
    start = sa.case((_JOBS.c.reason.startswith(FINISHED), len(FINISHED) + 1), else_=1)
    reason = sa.func.substr(_JOBS.c.reason, start, LETTERS).label("reason")
    columns = [column for column in _JOBS.c if column.name != "reason"]
    query = sa.select(*columns, reason).where(_JOBS.c.run_id == run_id).order_by(_JOBS.c.id)
    last = 0
    while found := connection.execute(query.where(_JOBS.c.id > last).limit(_CHUNK)).all():
        yield list(found)
        last = found[-1].id


def _earlier(connection: sa.Connection, run_id: int) -> list[Any]:
    query = sa.select(_JOBS.c.rule, _ATTEMPTS.c.started_at, _ATTEMPTS.c.ended_at).join_from(
        _JOBS, _ATTEMPTS, _ATTEMPTS.c.job_id == _JOBS.c.id
    )
    return list(connection.execute(query.where(_JOBS.c.run_id == run_id, _JOBS.c.rule != "")))


def _count(
    cells: dict[tuple[str, str, str], dict[str, Any]], run_id: int, job: Any
) -> list[dict[str, Any]]:
    """Count a job in its cells and return its places among the wildcards."""
    pairs = kept(job.wildcards)
    for name, value in pairs:
        for rule in (brief(job.rule), ""):
            cell = cells.get((name, value, rule))
            if cell is None:
                first = {"key": job.key, "part": job.part} if rule else {"key": None, "part": None}
                counts = dict.fromkeys(("jobs", *_STATES.values()), 0)
                at = {"run_id": run_id, "name": name, "value": value, "rule": rule}
                cell = cells[name, value, rule] = {**at, **counts, **first}
            cell["jobs"] += 1
            if job.status in _STATES:
                cell[_STATES[job.status]] += 1
    return [{"run_id": run_id, "name": n, "value": v, "job_id": job.id} for n, v in pairs]


def _write(
    connection: sa.Connection,
    run_id: int,
    rules: dict[str, _Rule],
    cells: dict[tuple[str, str, str], dict[str, Any]],
) -> None:
    for name, rule in rules.items():
        at = _RULES.update().where(_RULES.c.run_id == run_id, _RULES.c.name == name)
        values = at.values(
            jobs=rule.jobs,
            first_job=rule.first_job,
            first_start=next(iter(rule.starts), None),
            last_end=next(iter(rule.ends), None),
            seconds=rule.seconds,
            longest=rule.longest,
            recent="".join(rule.recent),
            wildcards=rule.wildcards or None,
        )
        connection.execute(values)
    rows = iter(cells.values())
    while chunk := list(islice(rows, _CHUNK)):
        connection.execute(_CELLS.insert(), [_with_place(cell) for cell in chunk])


def _with_place(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["rule"]:
        return {**cell, "place": 0, "natural": b""}
    worst = next((state for state in WORST_FIRST[:-1] if cell[_STATES[state]]), WORST_FIRST[-1])
    return {**cell, "place": place(worst, cell["jobs"]), "natural": natural(cell["value"])}
