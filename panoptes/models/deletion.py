"""Deleting workflows or single runs, and bringing them back.

What is deleted is hidden at once, kept for a while and then removed bit by bit (`purge.py`).
"""

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from panoptes.common.errors import Conflict, Forbidden, Gone, NotFound
from panoptes.common.moment import Moment
from panoptes.database.connections import UTCDateTime
from panoptes.models.run import CLEAR_CURRENT, NEXT_REVISION, Run
from panoptes.models.workflow import (
    IS_CURRENT_RUN,
    MINUTES_TO_UNDO,
    NOT_DELETED,
    SIGNS_OF_LIFE,
    UNDO,
    SignsOfLife,
    Workflow,
    show_change,
    unknown,
    wholly_of,
    with_suffix,
)

_RUNS = (
    select(*SIGNS_OF_LIFE)
    .join(Workflow, (Run.workflow_id == Workflow.id) & Run.deleted_at.is_(None))
    .where(Workflow.id == bindparam("which"), NOT_DELETED)
    .with_for_update(of=Run)
)
# An earlier run is reported of only if its engine names it.
_MAY_LIVE = or_(IS_CURRENT_RUN, and_(Run.uid.is_not(None), Run.ended_at.is_(None)))
_LIFE = _RUNS.where(_MAY_LIVE)
_NUMBERED = _RUNS.where(Run.number == bindparam("number")).add_columns(
    Run.id, Run.uid, IS_CURRENT_RUN.label("is_current")
)
_HIDE = update(Workflow).where(NOT_DELETED).values(deleted_at=bindparam("at", type_=UTCDateTime))


def delete(connection: Connection, workflow_id: int, moment: Moment) -> None:
    """Delete a workflow with all its runs; what its client still sends is ignored.

    Raises NotFound, and Forbidden unless it has ended, is silent, or never started.
    """
    runs = [SignsOfLife(*run) for run in connection.execute(_LIFE, {"which": workflow_id})]
    if not runs:
        raise unknown(workflow_id)
    if any(run.may_be_alive(moment) and not run.has_never_started(moment.now) for run in runs):
        raise Forbidden("The workflow is running: cancel it before you delete it.")
    connection.execute(_HIDE.where(Workflow.id == workflow_id), {"at": moment.now})
    connection.execute(CLEAR_CURRENT.where(Run.workflow_id == workflow_id))


def delete_run(connection: Connection, workflow_id: int, number: int, moment: Moment) -> None:
    """Delete one of a workflow's earlier runs.

    Raises NotFound, Conflict for the current run, and Forbidden for one that may be alive.
    """
    values = {"which": workflow_id, "number": number}
    run = connection.execute(_NUMBERED, values).first()
    if run is None:
        raise unknown(workflow_id, number)
    *signs_of_life, run_id, uid, is_current = run
    if is_current:
        raise Conflict(
            f"Run {number} is the newest one, by which the workflow is shown:"
            " it can only be deleted with the workflow."
        )
    if uid is not None and SignsOfLife(*signs_of_life).may_be_alive(moment):
        raise Forbidden(f"Run {number} is running: cancel it before you delete it.")
    connection.execute(update(Run).where(Run.id == run_id).values(deleted_at=moment.now))
    show_change(connection, workflow_id)


def restore_run(connection: Connection, workflow_id: int, number: int, now: datetime) -> None:
    """Bring a deleted run back; one that is there stays as it is. Raises NotFound."""
    of_run = (Run.workflow_id == workflow_id, Run.number == number)
    there = select(Run.id).join(Workflow, (Run.workflow_id == Workflow.id) & NOT_DELETED)
    if connection.scalar(there.where(*of_run, Run.deleted_at.is_(None))):
        return
    if not _bring_back_runs(connection, now, *of_run):
        when = f"deleted more than {MINUTES_TO_UNDO} minutes ago"
        raise NotFound(f"There is no run {number} of workflow {workflow_id}, or it was {when}.")


def _bring_back_runs(connection: Connection, now: datetime, *wanted: ColumnElement[bool]) -> int:
    """Return how many runs came back that were deleted alone."""
    of_workflow = exists().where(Workflow.id == Run.workflow_id, NOT_DELETED)
    lately = (Run.deleted_at >= now - UNDO, of_workflow, *wanted)
    workflows = connection.scalars(select(Run.workflow_id).where(*lately).distinct()).all()
    back = connection.execute(update(Run).where(*lately).values(deleted_at=None))
    for workflow_id in workflows:
        show_change(connection, workflow_id)
    return back.rowcount


def delete_all(connection: Connection, now: datetime) -> int:
    """Delete everything, running or not, and return how many workflows that were."""
    connection.execute(CLEAR_CURRENT)
    return connection.execute(_HIDE, {"at": now}).rowcount


def restore(connection: Connection, workflow_id: int, now: datetime) -> None:
    """Bring a deleted workflow back; one that is there stays as it is. Raises NotFound."""
    if connection.scalar(select(Workflow.id).where(Workflow.id == workflow_id, NOT_DELETED)):
        return
    came_back, _ = _bring_back(connection, now, Workflow.id == workflow_id)
    if not came_back:
        when = f"deleted more than {MINUTES_TO_UNDO} minutes ago"
        raise NotFound(f"There is no workflow {workflow_id}, or it was {when}.")


def restore_all(
    connection: Connection,
    now: datetime,
    deleted_at: datetime | None = None,
    owner: str | None = None,
) -> bool:
    """Bring back what was deleted at a moment, or all that was deleted lately.

    Where an owner is named, only workflows that are wholly theirs and their runs come back.
    Returns whether any of them had to get another name. Raises Gone where there is nothing.
    """
    wanted = [] if deleted_at is None else [Workflow.deleted_at == deleted_at]
    wanted_runs = [] if deleted_at is None else [Run.deleted_at == deleted_at]
    if owner is not None:
        wanted.append(wholly_of(owner))
        wanted_runs.append(Run.owner == owner)
    came_back, renamed = _bring_back(connection, now, *wanted)
    came_back += _bring_back_runs(connection, now, *wanted_runs)
    if not came_back:
        raise Gone(f"There is nothing to bring back: it is kept for {MINUTES_TO_UNDO} minutes.")
    return renamed > 0


def _bring_back(
    connection: Connection, now: datetime, *wanted: ColumnElement[bool]
) -> tuple[int, int]:
    """Return how many workflows came back, and how many of them got another name.

    A name may have been taken meanwhile: then a suffix is added, as to a second run of it.
    """
    lately = (Workflow.deleted_at >= now - UNDO, *wanted)
    deleted = select(Workflow.id, Workflow.name).where(*lately)
    # Of several that had one name, the last keeps it.
    newest_first = deleted.order_by(Workflow.deleted_at.desc(), Workflow.id.desc())
    taken, renamed = _taken_names(connection, deleted.subquery()), 0
    for workflow_id, name in connection.execute(newest_first.with_for_update()).all():
        if name in taken:
            rename = update(Workflow).where(Workflow.id == workflow_id)
            connection.execute(rename.values(name=with_suffix(name)))
            show_change(connection, workflow_id)
            renamed += 1
        taken.add(name)
    see = update(Run).where(exists().where(IS_CURRENT_RUN, *lately))
    connection.execute(see.values(is_current=True, revision=NEXT_REVISION))
    try:
        back = connection.execute(update(Workflow).where(*lately).values(deleted_at=None))
    except IntegrityError as error:  # PostgreSQL lets others in between.
        raise Conflict("A name was taken in this very moment: try again.") from error
    return back.rowcount, renamed


def _taken_names(connection: Connection, deleted: Subquery) -> set[str]:
    is_wanted = Workflow.name.in_(select(deleted.c.name))
    return set(connection.scalars(select(Workflow.name).where(NOT_DELETED, is_wanted)))
