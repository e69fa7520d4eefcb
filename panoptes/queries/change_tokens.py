"""Whether anything changed, asked without looking at what.

What follows from time (Stale, "4 min ago") is not asked for: an answer holds for a minute at most.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, func, select

from panoptes.database.prepared import PreparedQuestion
from panoptes.models.run import Run
from panoptes.models.workflow import NOT_DELETED, RUN_IDS, Workflow
from panoptes.queries.paging import Query

State = tuple[object, ...]

# A transaction may end after another one that took a higher number, of which there are never so
# many at once.
LATEST = 64

_RUNS: Query = (
    select(Run.id, Run.revision, Workflow.run)
    .join_from(Workflow, Run, Run.workflow_id == Workflow.id)
    .where(NOT_DELETED, Run.deleted_at.is_(None))
)
_OF_WORKFLOW = _RUNS.where(Workflow.id == bindparam("workflow_id"))
_CURRENT = PreparedQuestion(_OF_WORKFLOW.where(Run.number == Workflow.run))
_BY_ID = PreparedQuestion(_RUNS.where(Run.id == bindparam("run_id")))
_NUMBERED = PreparedQuestion(_OF_WORKFLOW.where(Run.number == bindparam("number")))

_latest = select(Run.revision).order_by(Run.revision.desc()).limit(LATEST).subquery()
_EVERYTHING = PreparedQuestion(select(func.max(_latest.c.revision), func.sum(_latest.c.revision)))


class ChangeToken(NamedTuple):
    """A question whose answer is another one after each change."""

    question: PreparedQuestion
    values: Mapping[str, object]

    def read(self, engine: Engine) -> State | None:
        """Return the answer; None where there is no such run, or the database doesn't answer."""
        row = self.question.peek(engine, self.values)
        return None if row is None else tuple(row)


def of_run(workflow_id: int, number: int | None) -> ChangeToken:
    """Return the change token of a workflow's run, the current one where `number` is None.

    An id from RUN_IDS on stands for its run.
    """
    if workflow_id >= RUN_IDS and number is None:
        return ChangeToken(_BY_ID, {"run_id": workflow_id - RUN_IDS})
    if number is None:
        return ChangeToken(_CURRENT, {"workflow_id": workflow_id})
    return ChangeToken(_NUMBERED, {"workflow_id": workflow_id, "number": number})


def everything(**_: object) -> ChangeToken:
    """Return the change token of all workflows: it also changes when one comes or goes.

    Whatever else an address names, such as the workflow of which several runs are shown.
    """
    return ChangeToken(_EVERYTHING, {})
