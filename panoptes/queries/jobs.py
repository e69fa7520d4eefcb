"""Questions about single jobs of a run."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    bindparam,
    case,
    func,
    null,
    nulls_last,
    select,
    union_all,
)

from panoptes.common.lateness import BETWEEN, is_late, usual_of
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.database.tables import aliased
from panoptes.models.job import Attempt, Job
from panoptes.models.rule import Rule
from panoptes.models.run import Run
from panoptes.queries.asking import ask, built_once
from panoptes.queries.paging import Query, QueryRow
from panoptes.queries.results import JOB_FIELDS, AttemptView, JobName, JobView, RunView

# The jobs of a rule in a run and in so many before it tell what is usual.
EARLIER_RUNS = 10


def _recent() -> ColumnElement[str]:
    """Return what jobs of a job's rule took lately, of each run as `Rule.recent` has it.

    Of other engines, and where they report in other ways, times aren't alike: some hold the wait in
    a cluster's queue.
    """
    this, run, rule = aliased(Run), aliased(Run), aliased(Rule)
    recent = (
        select(func.aggregate_strings(rule.recent, BETWEEN))
        .select_from(this)
        .join(run, run.workflow_id == this.workflow_id)
        .join(rule, rule.run_id == run.id)
        .where(
            this.id == Job.run_id,
            run.number.between(this.number - EARLIER_RUNS, this.number),
            run.deleted_at.is_(None),
            run.engine == this.engine,
            run.dialect == this.dialect,
            rule.name == Job.rule,
            rule.recent != "",
        )
    )
    return recent.correlate(Job).scalar_subquery()


# Asked of jobs that run, of which there are few: the others cost nothing.
RECENT = case((Job.status == Status.RUNNING.value, _recent())).label("recent")
_FIELDS = [getattr(Job, name) for name in JOB_FIELDS]
JOBS = select(Job.id, *_FIELDS, RECENT)
# Lists of jobs show none of their files, which may be very many.
_FILES = ("input", "output")
LISTED_JOBS = select(
    Job.id,
    *(null().label(name) if name in _FILES else getattr(Job, name) for name in JOB_FIELDS),
    RECENT,
)


def with_key(jobs: Query) -> Query:
    """Return the query of the job of a run with a key; all of them bound names.

    Where subworkflows use the key again, it is that of the `part`, or else the last one's.
    """
    part = func.coalesce(bindparam("part", type_=Integer), Job.part)
    of_run = jobs.where(Job.run_id == bindparam("run_id"), Job.key == bindparam("key"))
    return of_run.where(Job.part == part).order_by(Job.part.desc()).limit(1)


_WITH_KEY = with_key(select(Job.id, *_FIELDS, _recent().label("recent")))

# What stands for a list or a map that no client sent.
_EMPTY = {name: field.empty for name, field in JOB_FIELDS.items() if field.empty is not None}
_RECENT_PLACE = len(JOB_FIELDS)  # Behind the fields.

# So many ids stand in one question; every database takes them.
CHUNK = 500
# Of the jobs in one state, which may be any number, the first one is looked for among so many.
FIRST = 100
# Of those that run, the one to look at is looked for among so many.
OLDEST = 500


def _first_of_run(status: Status, time: str) -> ScalarSelect[int]:
    """Return the query of which job in a state has the first time, asked of each `Run`.

    It is one of those that have the lowest ids: there may be any number of them.
    """
    job = Job.__table__.alias("candidate")
    candidates = (
        select(job.c.id, job.c[time])
        .where(job.c.run_id == Run.id, job.c.status == status.value)
        .order_by(job.c.id)
        .limit(FIRST)
        .correlate(Run.__table__)
        .subquery()
    )
    by_time = nulls_last(candidates.c[time].asc())
    return select(candidates.c.id).order_by(by_time, candidates.c.id).limit(1).scalar_subquery()


_OF_RUN = Job.run_id == bindparam("run_id")
_HAS_FAILED = Job.status == Status.ERROR.value
_FIRST_FAILED = select(Job.id).where(_OF_RUN, _HAS_FAILED).order_by(Job.id).limit(FIRST).subquery()
_FAILED = (
    LISTED_JOBS.join(_FIRST_FAILED, _FIRST_FAILED.c.id == Job.id)
    .order_by(nulls_last(Job.ended_at.asc()), Job.id)
    .limit(bindparam("most", type_=Integer))
)
_FAILED_NAMES = select(Job.id, Job.key, Job.part).where(_OF_RUN, _HAS_FAILED)
_BEFORE = (
    _FAILED_NAMES.where(Job.id < bindparam("job_id")).order_by(Job.id.desc()).limit(1).subquery()
)
_AFTER = _FAILED_NAMES.where(Job.id > bindparam("job_id")).order_by(Job.id).limit(1).subquery()
_FAILED_BESIDE = union_all(select(_BEFORE), select(_AFTER))
_FIRST_FAILURES = (
    LISTED_JOBS.add_columns(Job.run_id)
    .select_from(Run)
    .join(Job, Job.id == _first_of_run(Status.ERROR, "ended_at"))
    .where(Run.id.in_(bindparam("run_ids", expanding=True)))
)


def failed_jobs(moment: Moment, run: RunView, limit: int) -> list[JobView]:
    """Return a run's failed jobs, the first failure first; of very many, those announced first."""
    if not run.known[Status.ERROR]:
        return []
    rows = ask(_FAILED, run_id=run.run_id, most=limit)
    return [view(moment, run, row) for row in rows]


def first_failures(moment: Moment, runs: Sequence[RunView]) -> dict[int, JobView]:
    """Return the first failed job of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    if not of_run:
        return {}
    rows = ask(_FIRST_FAILURES, run_ids=list(of_run))
    return {row.run_id: view(moment, of_run[row.run_id], row) for row in rows}


def slowest_jobs(moment: Moment, runs: Sequence[RunView]) -> dict[int, JobView]:
    """Return the running job to look at of each run that has one, by the ids of the runs' rows.

    It is the one that exceeds most what is usual, if one is late, else the one that runs longest;
    of very many, of those announced first. Of each rule, only the one that began first can be it.
    """
    of_run = {run.run_id: run for run in runs if run.is_live and run.known[Status.RUNNING]}
    if not of_run:
        return {}
    places = {f"run_{place}": run_id for place, run_id in enumerate(of_run)}
    found: dict[int, tuple[tuple[float, float], QueryRow]] = {}
    for row in ask(_first_of_rules(len(of_run)), **places):
        lateness = _lateness(moment, row)
        if row.run_id not in found or lateness > found[row.run_id][0]:
            found[row.run_id] = lateness, row
    return {run_id: view(moment, of_run[run_id], row) for run_id, (_, row) in found.items()}


@built_once
def _first_of_rules(runs: int) -> Query:
    """Return the query of the job of each rule that began first, of so many runs."""
    running = select(Job.id, Job.run_id, Job.rule, Job.started_at).where(
        Job.status == Status.RUNNING.value, Job.rule != "", Job.started_at.is_not(None)
    )
    running = running.order_by(Job.id).limit(OLDEST)
    of_runs = (running.where(Job.run_id == bindparam(f"run_{place}")) for place in range(runs))
    job = union_all(*(select(each.subquery()) for each in of_runs)).subquery().c
    place = func.row_number().over(
        partition_by=(job.run_id, job.rule), order_by=(job.started_at, job.id)
    )
    ranked = select(job.id, place.label("place")).subquery().c
    first = select(ranked.id).where(ranked.place == 1)
    return LISTED_JOBS.add_columns(Job.run_id).where(Job.id.in_(first)).order_by(Job.id)


def _lateness(moment: Moment, row: QueryRow) -> tuple[float, float]:
    """Return how many times as long as usual a late job takes (0 for others), and its seconds."""
    seconds = seconds_between(row.started_at, moment.now) or 0.0
    usual = usual_of(row.recent)
    if usual is None or not is_late(seconds, usual):
        return 0.0, seconds
    return seconds / max(usual.seconds, 1.0), seconds


def job(moment: Moment, run: RunView, key: str, part: int | None = None) -> JobView | None:
    """Return a job by its id as text, with what is usual in its state too; None for none."""
    row = ask(_WITH_KEY, run_id=run.run_id, key=key, part=part).first()
    return None if row is None else view(moment, run, row)


def job_with_id(moment: Moment, run: RunView, job_id: int) -> JobView | None:
    """Return a job of a run by its row id; None for none."""
    query = LISTED_JOBS.where(Job.id == job_id, Job.run_id == run.run_id)
    return next(iter(_views(moment, run, query)), None)


def jobs_after(moment: Moment, run: RunView, after: int, limit: int) -> list[JobView]:
    """Return jobs of a run, without their files, as they were announced.

    They come after the one with the row id `after`, 0 for the first ones.
    """
    query = LISTED_JOBS.where(Job.run_id == run.run_id, Job.id > after)
    return _views(moment, run, query.order_by(Job.id).limit(limit))


def failed_beside(run: RunView, job: JobView) -> tuple[JobName | None, JobName | None]:
    """Return the failed jobs before and after a job, in the order in which they were announced."""
    if not run.known[Status.ERROR]:
        return None, None
    beside = ask(_FAILED_BESIDE, run_id=run.run_id, job_id=job.id)
    names = {job_id < job.id: JobName(key, part) for job_id, key, part in beside}
    return names.get(True), names.get(False)


def attempts(job: JobView) -> list[AttemptView]:
    """Return all attempts of a job; the latest is the last."""
    latest = AttemptView(
        number=job.attempt,
        status=job.status,
        started_at=job.started_at,
        ended_at=job.ended_at,
        seconds=job.seconds,
        error=job.error,
        external_id=job.external_id,
        log=job.log,
        workdir=job.workdir,
        exit_status=job.exit_status,
    )
    return [*earlier_attempts([job]).get(job.id, ()), latest]


def earlier_attempts(found: Sequence[JobView]) -> dict[int, list[AttemptView]]:
    """Return the attempts before the latest of those jobs that have any, by the jobs' row ids."""
    retried = [job.id for job in found if job.attempt > 1]
    earlier: dict[int, list[AttemptView]] = {}
    if not retried:
        return earlier
    query = select(Attempt).where(Attempt.job_id.in_(retried))
    for attempt in reading().execute(query.order_by(Attempt.job_id, Attempt.number)):
        known = AttemptView(
            number=attempt.number,
            status=Status(attempt.status),
            started_at=attempt.started_at,
            ended_at=attempt.ended_at,
            seconds=seconds_between(attempt.started_at, attempt.ended_at),
            error=attempt.error,
            external_id=attempt.external_id,
            log=attempt.log or [],
            workdir=attempt.workdir,
            exit_status=attempt.exit_status,
        )
        earlier.setdefault(attempt.job_id, []).append(known)
    return earlier


def _views(moment: Moment, run: RunView, query: Query) -> list[JobView]:
    return [view(moment, run, row) for row in reading().execute(query)]


def view(moment: Moment, run: RunView, row: QueryRow) -> JobView:
    """Return a row of JOBS, which may have more columns behind its own, as what a page shows."""
    job_id, *columns = row
    values = dict(zip(JOB_FIELDS, columns, strict=False))
    for name, empty in _EMPTY.items():
        if values[name] is None:
            values[name] = empty()
    status = values["status"] = Status(values["status"])
    if status is Status.RUNNING and run.is_live:
        values["seconds"] = seconds_between(values["started_at"], moment.now)
    usual = usual_of(columns[_RECENT_PLACE])
    return JobView(id=job_id, workflow_id=run.workflow_id, run=run.run, usual=usual, **values)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one time to another, none where one of them isn't known."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
