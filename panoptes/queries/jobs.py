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

from panoptes.common.lateness import BETWEEN, usual_of
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.connections import reading
from panoptes.database.tables import aliased
from panoptes.models.job import Attempt, Job
from panoptes.models.rule import Rule
from panoptes.models.run import Run
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

# So many ids stand in one question; every database takes them.
CHUNK = 500
# Of the jobs in one state, which may be any number, the first one is looked for among so many.
FIRST = 100
# Of those that run, the one to look at is looked for among so many.
OLDEST = 500


def failed_jobs(moment: Moment, run: RunView, limit: int) -> list[JobView]:
    """Return a run's failed jobs, the first failure first; of very many, those announced first."""
    failed = select(Job.id).where(Job.run_id == run.run_id, Job.status == Status.ERROR.value)
    first = failed.order_by(Job.id).limit(FIRST).subquery()
    query = LISTED_JOBS.join(first, first.c.id == Job.id)
    query = query.order_by(nulls_last(Job.ended_at.asc()), Job.id).limit(limit)
    return _views(moment, run, query)


def first_failures(moment: Moment, runs: Sequence[RunView]) -> dict[int, JobView]:
    """Return the first failed job of each run that has one, by the ids of the runs' rows."""
    of_run = {run.run_id: run for run in runs}
    query = LISTED_JOBS.add_columns(Job.run_id).select_from(Run)
    query = query.join(Job, Job.id == _first_of_run(Status.ERROR, "ended_at"))
    rows = reading().execute(query.where(Run.id.in_(of_run)))
    return {row.run_id: view(moment, of_run[row.run_id], row) for row in rows}


def slowest_jobs(moment: Moment, runs: Sequence[RunView]) -> dict[int, JobView]:
    """Return the running job to look at of each run that has one, by the ids of the runs' rows.

    It is the one that exceeds most what is usual, if one is late, else the one that runs longest;
    of very many, of those announced first. Of each rule, only the one that began first can be it.
    """
    of_run = {run.run_id: run for run in runs if run.is_live and run.known[Status.RUNNING]}
    if not of_run:
        return {}
    running = select(Job.id, Job.run_id, Job.rule, Job.started_at).where(
        Job.status == Status.RUNNING.value, Job.rule != "", Job.started_at.is_not(None)
    )
    running = running.order_by(Job.id).limit(OLDEST)
    pieces = (select(running.where(Job.run_id == run_id).subquery()) for run_id in of_run)
    some = union_all(*pieces).subquery().c
    place = func.row_number().over(
        partition_by=(some.run_id, some.rule), order_by=(some.started_at, some.id)
    )
    ranked = select(some.id, place.label("place")).subquery().c
    first = select(ranked.id).where(ranked.place == 1)
    query = LISTED_JOBS.add_columns(Job.run_id).where(Job.id.in_(first)).order_by(Job.id)
    found: dict[int, JobView] = {}
    for row in reading().execute(query):
        job = view(moment, of_run[row.run_id], row)
        found[row.run_id] = max(found.get(row.run_id, job), job, key=_lateness)
    return found


def _lateness(job: JobView) -> tuple[float, float]:
    """Return how many times as long as usual a late job takes (0 for others), and its seconds."""
    seconds = job.seconds or 0.0
    if job.usual is None or not job.is_late:
        return 0.0, seconds
    return seconds / max(job.usual.seconds, 1.0), seconds


def _first_of_run(status: Status, time: str) -> ScalarSelect[int]:
    """Return the question of which job in a state has the first time, asked of each `Run`.

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


def job(moment: Moment, run: RunView, key: str, part: int | None = None) -> JobView | None:
    """Return a job by its id as text, with what is usual in its state too; None for none."""
    row = reading().execute(_WITH_KEY, {"run_id": run.run_id, "key": key, "part": part}).first()
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
    failed = select(Job.id, Job.key, Job.part).where(
        Job.run_id == run.run_id, Job.status == Status.ERROR.value
    )
    before = failed.where(Job.id < job.id).order_by(Job.id.desc()).limit(1).subquery()
    after = failed.where(Job.id > job.id).order_by(Job.id).limit(1).subquery()
    beside = reading().execute(union_all(select(before), select(after))).all()
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
    """Return a row of JOBS as what a page shows."""
    values = {name: getattr(row, name) for name in JOB_FIELDS}
    for name, field in JOB_FIELDS.items():
        if values[name] is None and field.empty is not None:
            values[name] = field.empty()
    values["status"] = Status(row.status)
    if row.status == Status.RUNNING and run.is_live:
        values["seconds"] = seconds_between(row.started_at, moment.now)
    usual = usual_of(row.recent)
    return JobView(id=row.id, workflow_id=run.workflow_id, run=run.run, usual=usual, **values)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one time to another, none where one of them isn't known."""
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())
