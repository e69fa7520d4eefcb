"""Deleting workflows, and bringing them back.

What is deleted is hidden at once, kept for a while and then removed bit by bit (`purge.py`).
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Subquery, bindparam, exists, select, update
from sqlalchemy.exc import IntegrityError

from panoptes.common.errors import Conflict, Forbidden, Gone, NotFound
from panoptes.database.connections import UTCDateTime
from panoptes.models.run import CLEAR_CURRENT, NEXT_REVISION, Run
from panoptes.models.workflow import (
    IS_CURRENT_RUN,
    NOT_DELETED,
    SIGNS_OF_LIFE,
    SignsOfLife,
    Workflow,
    show_change,
    unknown,
    wholly_of,
    with_suffix,
)

# So long a deleted workflow can be brought back.
UNDO = timedelta(minutes=10)
_MINUTES = UNDO // timedelta(minutes=1)

_LIFE = (
    select(*SIGNS_OF_LIFE)
    .join(Workflow, IS_CURRENT_RUN)
    .where(Workflow.id == bindparam("which"), NOT_DELETED)
    .with_for_update(of=Run)
)
_HIDE = update(Workflow).where(NOT_DELETED).values(deleted_at=bindparam("at", type_=UTCDateTime))


def delete(
    connection: Connection, workflow_id: int, silent: datetime | None, now: datetime
) -> None:
    """Delete a workflow with all its runs; what its client still sends is ignored.

    Raises NotFound, and Forbidden unless it was last heard of before `silent`.
    """
    run = connection.execute(_LIFE, {"which": workflow_id}).first()
    if run is None:
        raise unknown(workflow_id)
    if SignsOfLife(*run).may_be_alive(silent):
        raise Forbidden("The workflow is running: cancel it before you delete it.")
    connection.execute(_HIDE.where(Workflow.id == workflow_id), {"at": now})
    connection.execute(CLEAR_CURRENT.where(Run.workflow_id == workflow_id))


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
        when = f"deleted more than {_MINUTES} minutes ago"
        raise NotFound(f"There is no workflow {workflow_id}, or it was {when}.")


def restore_all(
    connection: Connection,
    now: datetime,
    deleted_at: datetime | None = None,
    owner: str | None = None,
) -> bool:
    """Bring back what was deleted at a moment, or all that was deleted lately.

    Where an owner is named, only workflows that are wholly theirs come back.
    Returns whether any of them had to get another name. Raises Gone where there is nothing.
    """
    wanted = [] if deleted_at is None else [Workflow.deleted_at == deleted_at]
    if owner is not None:
        wanted.append(wholly_of(owner))
    came_back, renamed = _bring_back(connection, now, *wanted)
    if not came_back:
        raise Gone(f"There is nothing to bring back: it is kept for {_MINUTES} minutes.")
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
