"""Whether anything changed, asked without looking at what.

What follows from time (Stale, "4 min ago") is not asked for: a page is made anew every minute.
"""

from sqlalchemy import bindparam, func, select

from panoptes.db import AnySelect, Peek
from panoptes.models.run import Run
from panoptes.models.workflow import IS_THERE, Workflow

# A transaction may end after another one that took a higher number, of which there are never so
# many at once.
LATEST = 64

_OF_RUN: AnySelect = select(Run.id, Run.revision, Workflow.run).join_from(
    Workflow, Run, Run.workflow_id == Workflow.id
)
_OF_WORKFLOW = _OF_RUN.where(
    Workflow.id == bindparam("workflow_id"), IS_THERE, Run.deleted_at.is_(None)
)
_CURRENT = Peek(_OF_WORKFLOW.where(Run.number == Workflow.run))
_NUMBERED = Peek(_OF_WORKFLOW.where(Run.number == bindparam("number")))

_latest = select(Run.revision).order_by(Run.revision.desc()).limit(LATEST).subquery()
_EVERYTHING = Peek(select(func.max(_latest.c.revision), func.sum(_latest.c.revision)))


def of_run(workflow_id: int, number: int | None) -> tuple[object, ...] | None:
    """Return what changes whenever a workflow's run does, the current one where `number` is None.

    None where there is no such run.
    """
    if number is None:
        row = _CURRENT(workflow_id=workflow_id)
    else:
        row = _NUMBERED(workflow_id=workflow_id, number=number)
    return None if row is None else tuple(row)


def everything() -> tuple[object, ...] | None:
    """Return what changes whenever any workflow does, comes or goes."""
    row = _EVERYTHING()
    return None if row is None else tuple(row)
