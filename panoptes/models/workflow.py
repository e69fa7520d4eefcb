"""A workflow: what has a name and an id for ever, however often it runs."""

import secrets
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnClause,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    bindparam,
    exists,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from panoptes.common.errors import BadRequest, Conflict, NotFound
from panoptes.common.labels import check_labels, check_note
from panoptes.common.moment import Moment
from panoptes.common.status import Status, has_never_started
from panoptes.common.text import clean_name
from panoptes.database.columns import RowId, inserted_id, where_sql
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import Model, aliased, column
from panoptes.models.held_message import count_held
from panoptes.models.job_life import end_open, reopen
from panoptes.models.run import (
    IS_CURRENT,
    NEXT_REVISION,
    Run,
    create_run,
    describe_run,
    make_current,
    place_of_run,
)
from panoptes.models.run_state import SILENCE, LockRun, RunState
from panoptes.models.transitions import RunEvent

MAX_NAME = 200
# An id from here on stands for a run, by so much more than its row's. A client reports under such
# an id where its workflow's own may still be in use by the client of another run.
RUN_IDS = 10**12
# So long what was deleted can be brought back, and a cancelled run be watched again.
UNDO = timedelta(minutes=10)
MINUTES_TO_UNDO = UNDO // timedelta(minutes=1)
# Taking in so many messages at once makes engines wait, but less than they have patience for.
MOST_HELD = 5000
# So long after its last step an undoing that was not finished is given up.
ABANDONED = timedelta(minutes=1)
OVERTAKEN = "Another run began in the same folder: this one ended without saying how."


class Workflow(Model):
    """`run` is the number of its current run, `reported` of the one whose client uses its own id.

    `wanted_name` is what it was registered with, where that name was running and it got a suffix.
    `baseline` is the number of the run that others are compared with, None where nobody chose one;
    that run may have been removed since.
    `deleted_at`: it is hidden everywhere, its name is free, and it is removed some time later.
    """

    __tablename__ = "workflows"

    id: ColumnClause[int] = column(RowId, primary_key=True)
    name: ColumnClause[str] = column(String)
    wanted_name: ColumnClause[str | None] = column(String)
    run: ColumnClause[int] = column(Integer)
    reported: ColumnClause[int] = column(Integer, default=1)
    created_at: ColumnClause[datetime] = column(UTCDateTime)
    pinned: ColumnClause[bool] = column(Boolean, default=False, server_default=false())
    baseline: ColumnClause[int | None] = column(Integer)
    deleted_at: ColumnClause[datetime | None] = column(UTCDateTime)

    __table_args__ = (
        Index("workflows_by_name", "name", unique=True, **where_sql("deleted_at IS NULL")),
        Index("workflows_deleted", "deleted_at", **where_sql("deleted_at IS NOT NULL")),
    )
    # Ids are never used again: a client of a deleted workflow may still report.
    __table_options__: ClassVar = {"sqlite_autoincrement": True}


# Whoever asks for workflows asks for these: deleted ones are kept for a while, unseen.
NOT_DELETED = Workflow.deleted_at.is_(None)


class SignsOfLife(NamedTuple):
    """What of a run's row tells whether it may still report."""

    status: str
    ended_at: datetime | None
    updated_at: datetime
    jobs_running: int
    last_event_at: datetime | None
    lost_at: datetime | None

    def may_be_alive(self, moment: Moment) -> bool:
        """Return whether a run has no end, and isn't silent."""
        if moment.is_silent(self.updated_at, self.lost_at):
            return False
        # A failed run goes on while other jobs of it do (Snakemake's --keep-going).
        goes_on = self.status == Status.ERROR and self.ended_at is None and self.jobs_running > 0
        return self.status == Status.RUNNING or goes_on

    def may_report(self, moment: Moment) -> bool:
        """Return whether a run may be alive, or be watched again after it was cancelled."""
        return self.may_be_alive(moment) or can_be_resumed(self.status, self.ended_at, moment.now)

    def has_never_started(self, now: datetime) -> bool:
        """Return whether it was registered some minutes ago and sent nothing since."""
        return has_never_started(self.status, self.updated_at, self.last_event_at, now)


def can_be_resumed(status: str, ended_at: datetime | None, now: datetime) -> bool:
    """Return whether a run was cancelled so lately that this may be undone."""
    return status == Status.CANCELLED and ended_at is not None and ended_at >= now - UNDO


SIGNS_OF_LIFE = tuple(Run.__table__.c[name] for name in SignsOfLife._fields)
_OTHER_RUN = aliased(Run)
IS_CURRENT_RUN = (Run.workflow_id == Workflow.id) & (Run.number == Workflow.run)
_Reported = aliased(Run)
_NEWEST = select(func.max(Run.number)).where(Run.workflow_id == Workflow.id)
_BY_NAME = (
    select(
        Workflow.id,
        _NEWEST.correlate(Workflow).scalar_subquery(),
        Run.started_at,
        Run.uid,
        Run.workdir,
        *SIGNS_OF_LIFE,
        *(getattr(_Reported, name) for name in SignsOfLife._fields),
    )
    .join(Run, IS_CURRENT_RUN)
    .outerjoin(
        _Reported,
        (_Reported.workflow_id == Workflow.id) & (_Reported.number == Workflow.reported),
    )
    .where(Workflow.name == bindparam("name"), NOT_DELETED)
    .with_for_update(of=Workflow)
)
_This = aliased(Run)
_RUNS_BESIDE = (
    select(Run.workflow_id, Run.number)
    .join(_This, (_This.workflow_id == Run.workflow_id) & (_This.id != Run.id))
    .where(_This.id == bindparam("run"), Run.deleted_at.is_(None))
)
_THIS_RUN = select(Run.workflow_id, Run.number).where(Run.id == bindparam("run"))
_INSERT = insert(Workflow)
_OF_WORKFLOW = update(Workflow).where(Workflow.id == bindparam("which"))
_CURRENT = LockRun(Workflow.id == bindparam("which"), IS_CURRENT_RUN, NOT_DELETED)
_NUMBERED = LockRun(
    Workflow.id == bindparam("which"),
    Run.workflow_id == Workflow.id,
    Run.number == bindparam("number"),
    Run.deleted_at.is_(None),
    NOT_DELETED,
)
_REPORTED = LockRun(
    Workflow.id == bindparam("which"),
    Run.workflow_id == Workflow.id,
    Run.number == Workflow.reported,
    Run.deleted_at.is_(None),
    NOT_DELETED,
)
_IS_THERE = (Run.workflow_id == Workflow.id) & Run.deleted_at.is_(None) & NOT_DELETED
_BY_ID = LockRun(Run.id == bindparam("which"), _IS_THERE)
_BY_UID = LockRun(Run.uid == bindparam("uid"), _IS_THERE)
_TO_SETTLE = LockRun(Run.settle_after <= bindparam("now", type_=UTCDateTime), _IS_THERE)
_SILENT = LockRun(
    Run.suspected_at <= bindparam("silent", type_=UTCDateTime),
    Run.status != Status.CANCELLED.value,
    _IS_THERE,
)


def wholly_of(owner: str) -> ColumnElement[bool]:
    """Return the condition that a token's name is that of the owner of all runs of a workflow."""
    of_workflow = (_OTHER_RUN.workflow_id == Workflow.id, _OTHER_RUN.deleted_at.is_(None))
    return ~exists().where(*of_workflow, _OTHER_RUN.owner.is_distinct_from(owner))


def lock_current_run(connection: Connection, workflow_id: int) -> RunState | None:
    """Return the current run, held for this transaction; None for an unknown workflow.

    An id from RUN_IDS on stands for its run.
    """
    if workflow_id >= RUN_IDS:
        return _BY_ID.run(connection, {"which": workflow_id - RUN_IDS})
    return _CURRENT.run(connection, {"which": workflow_id})


def lock_silent_run(connection: Connection, now: datetime) -> RunState | None:
    """Return a run that wasn't heard of after a suspected end, held as above; None for none."""
    return _SILENT.run(connection, {"silent": now - SILENCE})


def are_unsettled(connection: Connection, now: datetime) -> bool:
    """Return whether there are runs that ended and left jobs open."""
    return bool(connection.scalar(select(exists().where(Run.settle_after <= now, _IS_THERE))))


def lock_unsettled_run(connection: Connection, now: datetime) -> RunState | None:
    """Return a run that ended and left jobs open, held as above; None for none."""
    return _TO_SETTLE.run(connection, {"now": now})


def lock_numbered_run(connection: Connection, workflow_id: int, number: int | None) -> RunState:
    """Return a workflow's run of this number, the current one for None, held as above.

    Raises NotFound.
    """
    if number is None:
        run = lock_current_run(connection, workflow_id)
    else:
        run = _NUMBERED.run(connection, {"which": workflow_id, "number": number})
    if run is None:
        raise unknown(workflow_id, number)
    return run


def lock_reported_run(connection: Connection, report_id: int) -> RunState | None:
    """Return the run whose client reports under this id, held for this transaction."""
    if report_id >= RUN_IDS:
        return _BY_ID.run(connection, {"which": report_id - RUN_IDS})
    return _REPORTED.run(connection, {"which": report_id})


def lock_run(connection: Connection, uid: str) -> RunState | None:
    """Return the run that its engine names so, held for this transaction; None if there is none."""
    return _BY_UID.run(connection, {"uid": uid})


class Registered(NamedTuple):
    """A run that was registered, and the id under which its client has to report."""

    workflow_id: int
    number: int
    report_id: int


def register(
    connection: Connection,
    name: str | None,
    columns: Mapping[str, Any],
    moment: Moment,
    *,
    locks_folder: bool = False,
    only_looks: bool = False,
) -> Registered:
    """Begin a run; `columns` are the run's engine, `uid` and so on.

    It becomes a run of the workflow that has its name, unless that one's may be alive: then it goes
    to an entry of its own. But one that `locks_folder` follows the last run in the same folder, for
    that must be dead; a call that runs nothing follows any, and is current only where no other ran;
    and a run that never started holds no name. A run that is over, and told of only now
    (`is_report`), becomes one in any case, and the current one where no later one is known. Without
    a name, one is made up.

    Events carry nothing but the id that is returned: no two runs that may be alive have the same.
    """
    now = moment.now
    name = name or str(uuid.uuid4())
    known = connection.execute(_BY_NAME, {"name": name}).first()
    if known is None:
        return _new_workflow(connection, name, columns, now)
    workflow_id, newest, started_at, uid, workdir, *signs = known
    current = SignsOfLife(*signs[: len(SIGNS_OF_LIFE)])
    reported = SignsOfLife(*signs[len(SIGNS_OF_LIFE) :])
    is_report = bool(columns.get("is_report"))
    follows = (
        is_report
        or not current.may_be_alive(moment)
        or current.has_never_started(now)
        or (uid is not None and columns.get("uid") is not None)
        or (locks_folder and workdir is not None and workdir == columns.get("workdir"))
    )
    if not (follows or only_looks):
        return _new_workflow(connection, with_suffix(name), columns, now, wanted_name=name)
    is_current = not only_looks or current.status == Status.NO_EXECUTION
    if is_report:
        is_older = started_at > columns["started_at"]
        is_current &= not (is_older or current.may_be_alive(moment))
    number = newest + 1
    run_id = create_run(connection, workflow_id, number, columns, now, is_current=is_current)
    is_taken = reported.status is not None and reported.may_report(moment)
    has_own_id = is_taken or is_report or not is_current
    changed = ({"run": number} if is_current else {}) | ({} if has_own_id else {"reported": number})
    if changed:
        connection.execute(_OF_WORKFLOW.values(changed), {"which": workflow_id})
    return Registered(workflow_id, number, RUN_IDS + run_id if has_own_id else workflow_id)


def with_suffix(name: str, suffix: str | None = None) -> str:
    """Return a name with something behind it, by chance if nothing is given."""
    suffix = suffix or f"-{secrets.token_hex(4)}"
    return name[: MAX_NAME - len(suffix)] + suffix


def _new_workflow(
    connection: Connection,
    name: str,
    columns: Mapping[str, Any],
    now: datetime,
    wanted_name: str | None = None,
) -> Registered:
    row = {"name": name[:MAX_NAME], "wanted_name": wanted_name, "created_at": now}
    workflow_id = inserted_id(connection.execute(_INSERT, {**row, "run": 1}))
    create_run(connection, workflow_id, 1, columns, now)
    return Registered(workflow_id, 1, workflow_id)


def give_way(connection: Connection, run: RunState) -> None:
    """Let a workflow's latest other run be current, where a call that ran nothing is."""
    if run.is_current:
        others = _RUNS_BESIDE.where(Run.status != Status.NO_EXECUTION.value)
        _pass_on(connection, run, others.order_by(Run.number.desc()).limit(1))


def take_back(connection: Connection, run: RunState) -> None:
    """Let a run that goes on be current, where the current one ended and ran no job.

    That one may have found the folder locked.
    """
    ran = Run.jobs_done + Run.jobs_failed + Run.jobs_ignored
    idle = _RUNS_BESIDE.where(IS_CURRENT, Run.ended_at.is_not(None), ran == 0)
    if connection.execute(idle, {"run": run.id}).first():
        _pass_on(connection, run, _THIS_RUN)


def _pass_on(connection: Connection, run: RunState, query: Select[int, int]) -> None:
    found = connection.execute(query, {"run": run.id}).first()
    if found is not None:
        workflow_id, number = found
        make_current(connection, workflow_id, number)
        connection.execute(_OF_WORKFLOW.values(run=number), {"which": workflow_id})


def end_overtaken(connection: Connection, run: RunState, now: datetime) -> None:
    """End the runs before one in its folder that have no end: it holds the folder's lock."""
    others = _RUNS_BESIDE.with_only_columns(Run.id).where(
        Run.workdir == _This.workdir, Run.number < _This.number, Run.ended_at.is_(None)
    )
    for run_id in connection.scalars(others, {"run": run.id}).all():
        overtaken = _BY_ID.run(connection, {"which": run_id})
        if overtaken is not None and overtaken.status is not Status.CANCELLED:
            end_open(connection, overtaken, Status.ERROR, now, OVERTAKEN)
            overtaken.take(RunEvent.FAILED, now, OVERTAKEN)
            overtaken.save(connection, now)


def rename(
    connection: Connection,
    workflow_id: int,
    name: str,
    *,
    by_client: bool = False,
    fixed: str | None = None,
) -> None:
    """Give a workflow another name.

    Snakemake 8 asks for the name that it registered with, once more (`by_client`): an entry that
    got a suffix, because that name was running, keeps it while that name is another's. `fixed`:
    why its name may not change, only be given again. Raises BadRequest, NotFound, Conflict.
    """
    workflow_id = own_id(connection, workflow_id)
    name = clean_name(name)
    names = select(Workflow.name, Workflow.wanted_name)
    own = connection.execute(names.where(Workflow.id == workflow_id, NOT_DELETED)).first()
    if own is None:
        raise unknown(workflow_id)
    if name[:MAX_NAME] == own.name:
        return
    taken = select(Workflow.id).where(Workflow.name == name[:MAX_NAME], NOT_DELETED)
    if by_client and name[:MAX_NAME] == own.wanted_name and connection.scalar(taken):
        return
    if fixed:
        raise BadRequest(fixed)
    if not name:
        raise BadRequest("The name is empty.")
    if len(name) > MAX_NAME:
        raise BadRequest(f"The name is longer than {MAX_NAME} characters.")
    try:
        connection.execute(update(Workflow).where(Workflow.id == workflow_id).values(name=name))
    except IntegrityError as error:
        raise Conflict(f"Another workflow is called '{name}'.") from error
    show_change(connection, workflow_id)


def give_own_name(connection: Connection, run_id: int, name: str, *, instead_of: str) -> None:
    """Give a run's workflow its name, which was registered as `instead_of` for want of a better.

    It keeps that where another workflow has the name, and what somebody else called it meanwhile;
    so does one that has other runs.
    """
    of_run = select(Run.workflow_id).where(Run.id == run_id).scalar_subquery()
    is_provisional = (Workflow.id == of_run, Workflow.name == instead_of[:MAX_NAME])
    renaming = update(Workflow).where(*is_provisional, Workflow.run == 1, NOT_DELETED)
    with suppress(IntegrityError), connection.begin_nested():
        connection.execute(renaming.values(name=name[:MAX_NAME]))


def cancel(
    connection: Connection, workflow_id: int, now: datetime, run_number: int | None = None
) -> None:
    """Call a run off, and its open jobs with it; what still comes is kept until UNDO is over.

    It is the current run where no number is given. Cancelling twice is harmless. Raises NotFound,
    and Conflict where the run has ended.
    """
    run = lock_numbered_run(connection, workflow_id, run_number)
    if run.status is Status.CANCELLED:
        return
    if run.has_ended:
        raise Conflict(f"The run has ended ({run.status}); only a running one can be cancelled.")
    end_open(connection, run, Status.CANCELLED, now)
    run.take(RunEvent.CANCELLED, now)
    run.save(connection, now)


def ask_to_stop(
    connection: Connection, workflow_id: int, run_number: int | None, by: str | None, now: datetime
) -> None:
    """Ask that a run be stopped where it runs: the next answer to its client says so.

    It is the current run where no number is given; `by` is the name of a token, where there are
    any. Asking twice is harmless. Raises NotFound, and Conflict where the run has ended, or whoever
    started it didn't allow this.
    """
    run = lock_numbered_run(connection, workflow_id, run_number)
    if not run.allow_stop:
        raise Conflict("Whoever started this run didn't allow it to be stopped from here.")
    if run.has_ended:
        raise Conflict(f"The run has ended ({run.status}); only a running one can be stopped.")
    if run.stop_asked_at is None:
        asked = {"stop_asked_at": now, "stop_asked_by": by, "revision": NEXT_REVISION}
        connection.execute(update(Run).where(Run.id == run.id).values(asked))


def resume(
    connection: Connection, workflow_id: int, now: datetime, run_number: int | None = None
) -> RunState | None:
    """Let a cancelled run go on as if it had not been, and return it, held for this transaction.

    Of very many jobs only some are reopened: then it is still cancelled, and the caller begins
    another transaction for more. Returns None for one that wasn't cancelled, which stays as it is.
    What came meanwhile is the caller's to apply. Raises NotFound, and Conflict where too long ago
    or too much came since.
    """
    run = lock_numbered_run(connection, workflow_id, run_number)
    if run.status is not Status.CANCELLED:
        return None
    cancelled_at = run.ended_at
    if cancelled_at is None or not can_be_resumed(run.status, cancelled_at, now):
        when = f"more than {MINUTES_TO_UNDO} minutes ago"
        raise Conflict(f"The run was cancelled {when}: that can't be undone.")
    if count_held(connection, run.id) > MOST_HELD:
        raise Conflict(f"More than {MOST_HELD} events came since the run was cancelled: too late.")
    if reopen(connection, run, cancelled_at):
        # Whoever does this may be killed: then it stays cancelled, with all its jobs.
        run.settle_after = now + ABANDONED
    else:
        run.take(RunEvent.RESUMED, now)
    # It is as silent as it was before.
    run.save(connection, run.last_event_at or run.started_at)
    return run


def own_id(connection: Connection, workflow_id: int) -> int:
    """Return a workflow's id, for an id from RUN_IDS on that of its run's workflow."""
    if workflow_id < RUN_IDS:
        return workflow_id
    found = connection.scalar(select(Run.workflow_id).where(Run.id == workflow_id - RUN_IDS))
    return workflow_id if found is None else found


def pin(connection: Connection, workflow_id: int, *, pinned: bool) -> None:
    """Keep a workflow whatever its age, or no longer. Raises NotFound."""
    of_workflow = update(Workflow).where(Workflow.id == workflow_id, NOT_DELETED)
    if not connection.execute(of_workflow.values(pinned=pinned)).rowcount:
        raise unknown(workflow_id)
    show_change(connection, workflow_id)


def annotate(
    connection: Connection,
    workflow_id: int,
    run: int | None,
    said: Mapping[str, Any],
    *,
    is_baseline: bool | None = None,
) -> None:
    """Give a run, the current one for None, what is `said` of it: its `note` and its `labels`.

    `is_baseline`: let its workflow's other runs be compared with it, or no longer; None changes
    nothing. Raises BadRequest and NotFound.
    """
    check_note(said.get("note") or "")
    check_labels(said.get("labels") or ())
    state = lock_numbered_run(connection, workflow_id, run)
    if said:
        describe_run(connection, state.id, {**said, "revision": NEXT_REVISION})
    if is_baseline is not None:
        own_id, number = place_of_run(connection, state.id)
        of_workflow = update(Workflow).where(Workflow.id == own_id)
        if not is_baseline:
            of_workflow = of_workflow.where(Workflow.baseline == number)
        connection.execute(of_workflow.values(baseline=number if is_baseline else None))
        show_change(connection, own_id)


def mark_seen(
    connection: Connection,
    workflow_id: int,
    run: int | None,
    by: str | None,
    moment: Moment,
) -> None:
    """Note that somebody has seen that a run failed, or fell silent.

    `run` is its number, None for the current one; `by` is the name of a token, where there are any.
    Marking it twice is harmless. Raises NotFound, and Conflict where nothing is wrong.
    """
    state = _run_in_trouble(connection, workflow_id, run, moment)
    if state.seen_at is None:
        _write_seen(connection, state.id, moment.now, by)


def mark_unseen(connection: Connection, workflow_id: int, run: int | None, moment: Moment) -> None:
    """Take back that somebody has seen it. Raises NotFound, and Conflict where nothing is wrong."""
    _write_seen(connection, _run_in_trouble(connection, workflow_id, run, moment).id, None, None)


def _run_in_trouble(
    connection: Connection, workflow_id: int, number: int | None, moment: Moment
) -> RunState:
    run = lock_numbered_run(connection, workflow_id, number)
    heard = connection.execute(select(Run.updated_at, Run.lost_at).where(Run.id == run.id)).one()
    is_silent = moment.is_silent(*heard)
    if run.status is not Status.ERROR and not (run.status is Status.RUNNING and is_silent):
        raise Conflict(f"The run has neither failed nor fallen silent ({run.status}).")
    return run


def _write_seen(connection: Connection, run_id: int, at: datetime | None, by: str | None) -> None:
    seen = {"seen_at": at, "seen_by": by, "revision": NEXT_REVISION}
    connection.execute(update(Run).where(Run.id == run_id).values(seen))


def show_change(connection: Connection, workflow_id: int) -> None:
    """Let open pages of a workflow's runs see that something about it changed."""
    of_workflow = update(Run).where(Run.workflow_id == workflow_id)
    connection.execute(of_workflow.values(revision=NEXT_REVISION))


def unknown(workflow_id: int, run: int | None = None) -> NotFound:
    """Return the problem that there is no such workflow, or no such run of it."""
    which = f"workflow {workflow_id}" if run is None else f"run {run} of workflow {workflow_id}"
    return NotFound(f"There is no {which}.")
