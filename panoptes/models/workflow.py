"""A workflow: what has a name and an id for ever, however often it runs."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    bindparam,
    exists,
    false,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, aliased, mapped_column

from panoptes.common.errors import BadRequest, Conflict, NotFound
from panoptes.common.status import Status
from panoptes.common.text import REPLACEMENT, clean_text
from panoptes.database.columns import RowId, inserted_id, where_sql
from panoptes.database.connections import Model, UTCDateTime
from panoptes.models.job_life import end_open
from panoptes.models.run import NEXT_REVISION, Run, create_run
from panoptes.models.run_state import LockRun, RunState
from panoptes.models.transitions import RunEvent

MAX_NAME = 200


class Workflow(Model):
    """`run` is the number of its current run.

    `wanted_name` is what it was registered with, where that name was running and it got a suffix.
    `deleted_at`: it is hidden everywhere, its name is free, and it is removed some time later.
    """

    __tablename__ = "workflows"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String)
    wanted_name: Mapped[str | None]
    run: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    pinned: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index("workflows_by_name", "name", unique=True, **where_sql("deleted_at IS NULL")),
        Index("workflows_deleted", "deleted_at", **where_sql("deleted_at IS NOT NULL")),
        # Ids are never used again: a client of a deleted workflow may still report.
        {"sqlite_autoincrement": True},
    )


# Whoever asks for workflows asks for these: deleted ones are kept for a while, unseen.
NOT_DELETED = Workflow.deleted_at.is_(None)


class SignsOfLife(NamedTuple):
    """What of a run's row tells whether it may still report."""

    status: str
    ended_at: datetime | None
    updated_at: datetime
    jobs_running: int

    def may_be_alive(self, silent: datetime | None) -> bool:
        """Return whether a run has no end, and was last heard of since `silent`."""
        if silent is not None and self.updated_at < silent:
            return False
        # A failed run goes on while other jobs of it do (Snakemake's --keep-going).
        goes_on = self.status == Status.ERROR and self.ended_at is None and self.jobs_running > 0
        return self.status == Status.RUNNING or goes_on


SIGNS_OF_LIFE = tuple(Run.__table__.c[name] for name in SignsOfLife._fields)
_OTHER_RUN = aliased(Run)
IS_CURRENT_RUN = (Run.workflow_id == Workflow.id) & (Run.number == Workflow.run)
_BY_NAME = (
    select(Workflow.id, Workflow.run, Run.uid, *SIGNS_OF_LIFE)
    .join(Run, IS_CURRENT_RUN)
    .where(Workflow.name == bindparam("name"), NOT_DELETED)
    .with_for_update(of=Workflow)
)
_INSERT = insert(Workflow)
_NEXT_RUN = update(Workflow).where(Workflow.id == bindparam("which")).values(run=bindparam("run"))
_CURRENT = LockRun(Workflow.id == bindparam("which"), IS_CURRENT_RUN, NOT_DELETED)
_NUMBERED = LockRun(
    Workflow.id == bindparam("which"),
    Run.workflow_id == Workflow.id,
    Run.number == bindparam("number"),
    Run.deleted_at.is_(None),
    NOT_DELETED,
)
_BY_UID = LockRun(
    Run.uid == bindparam("uid"),
    Run.deleted_at.is_(None),
    Run.workflow_id == Workflow.id,
    NOT_DELETED,
)


def wholly_of(owner: str) -> ColumnElement[bool]:
    """Return the condition that a token's name is that of the owner of all runs of a workflow."""
    of_workflow = (_OTHER_RUN.workflow_id == Workflow.id, _OTHER_RUN.deleted_at.is_(None))
    return ~exists().where(*of_workflow, _OTHER_RUN.owner.is_distinct_from(owner))


def lock_current_run(connection: Connection, workflow_id: int) -> RunState | None:
    """Return the current run, held for this transaction; None for an unknown workflow."""
    return _CURRENT.run(connection, {"which": workflow_id})


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


def lock_run(connection: Connection, uid: str) -> RunState | None:
    """Return the run that its engine names so, held for this transaction; None if there is none."""
    return _BY_UID.run(connection, {"uid": uid})


def register(
    connection: Connection,
    name: str | None,
    columns: Mapping[str, Any],
    now: datetime,
    silent: datetime | None,
) -> int:
    """Begin a run and return its workflow's id; `columns` are the run's engine, `uid` and so on.

    A name whose last run has ended, was cancelled or has fallen silent gets its next run under
    the same id, and so do runs that have a `uid`, however many are under way. A run that may be
    alive and whose events carry nothing but the workflow's id is left alone: the new run goes to an
    entry of its own. Without a name, one is made up.
    """
    name = name or str(uuid.uuid4())
    known = connection.execute(_BY_NAME, {"name": name}).first()
    if known is None:
        return _new_workflow(connection, name, columns, now)
    workflow_id, number, uid, *signs_of_life = known
    runs_have_uids = uid is not None and columns.get("uid") is not None
    if not runs_have_uids and SignsOfLife(*signs_of_life).may_be_alive(silent):
        return _new_workflow(connection, with_suffix(name), columns, now, wanted_name=name)
    connection.execute(_NEXT_RUN, {"which": workflow_id, "run": number + 1})
    create_run(connection, workflow_id, number + 1, columns, now)
    return int(workflow_id)


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
) -> int:
    row = {"name": name[:MAX_NAME], "wanted_name": wanted_name, "run": 1, "created_at": now}
    workflow_id = inserted_id(connection.execute(_INSERT, row))
    create_run(connection, workflow_id, 1, columns, now)
    return workflow_id


def rename(
    connection: Connection,
    workflow_id: int,
    name: str,
    *,
    by_client: bool = False,
    fixed: bool = False,
) -> None:
    """Give a workflow another name.

    Snakemake 8 asks for the name that it registered with, once more (`by_client`): an entry that
    got a suffix, because that name was running, keeps it while that name is another's. `fixed`: no
    name may change, only be given again. Raises BadRequest, NotFound, Conflict.
    """
    name = clean_text(name).strip()
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
        raise BadRequest("Names can't be changed here: this panoptes is read-only.")
    if not name.strip(f"{REPLACEMENT} "):
        raise BadRequest("The name is empty.")
    if len(name) > MAX_NAME:
        raise BadRequest(f"The name is longer than {MAX_NAME} characters.")
    try:
        connection.execute(update(Workflow).where(Workflow.id == workflow_id).values(name=name))
    except IntegrityError as error:
        raise Conflict(f"Another workflow is called '{name}'.") from error
    show_change(connection, workflow_id)


def cancel(
    connection: Connection, workflow_id: int, now: datetime, run_number: int | None = None
) -> None:
    """Call a run off, and its open jobs with it; what still comes is ignored.

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


def pin(connection: Connection, workflow_id: int, *, pinned: bool) -> None:
    """Keep a workflow whatever its age, or no longer. Raises NotFound."""
    of_workflow = update(Workflow).where(Workflow.id == workflow_id, NOT_DELETED)
    if not connection.execute(of_workflow.values(pinned=pinned)).rowcount:
        raise unknown(workflow_id)
    show_change(connection, workflow_id)


def mark_seen(
    connection: Connection,
    workflow_id: int,
    run: int | None,
    by: str | None,
    now: datetime,
    silent: datetime | None,
) -> None:
    """Note that somebody has seen that a run failed, or was silent since before `silent`.

    `run` is its number, None for the current one; `by` is the name of a token, where there are any.
    Marking it twice is harmless. Raises NotFound, and Conflict where nothing is wrong.
    """
    state = _run_in_trouble(connection, workflow_id, run, silent)
    if state.seen_at is None:
        _write_seen(connection, state.id, now, by)


def mark_unseen(
    connection: Connection, workflow_id: int, run: int | None, silent: datetime | None
) -> None:
    """Take back that somebody has seen it. Raises NotFound, and Conflict where nothing is wrong."""
    _write_seen(connection, _run_in_trouble(connection, workflow_id, run, silent).id, None, None)


def _run_in_trouble(
    connection: Connection, workflow_id: int, number: int | None, silent: datetime | None
) -> RunState:
    run = lock_numbered_run(connection, workflow_id, number)
    updated_at = connection.scalar(select(Run.updated_at).where(Run.id == run.id))
    is_silent = silent is not None and updated_at is not None and updated_at < silent
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
