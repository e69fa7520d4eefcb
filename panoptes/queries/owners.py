"""Who registered the runs of a workflow: asked before a member changes something."""

from sqlalchemy import Engine, bindparam, select

from panoptes.models.run import Run
from panoptes.models.workflow import IS_CURRENT_RUN, Workflow
from panoptes.queries.paging import Query

# Names of tokens; None stands for whoever needed none.
Owners = frozenset[str | None]

_ALL: Query = (
    select(Run.owner)
    .where(Run.workflow_id == bindparam("workflow_id"), Run.deleted_at.is_(None))
    .distinct()
)
_CURRENT: Query = _ALL.join(Workflow, IS_CURRENT_RUN)
# It may be deleted: it can be brought back.
_NUMBERED: Query = select(Run.owner).where(
    Run.workflow_id == bindparam("workflow_id"), Run.number == bindparam("number")
)


def all_owners(engine: Engine, workflow_id: int) -> Owners:
    """Return who registered the runs of a workflow, which may be deleted; nobody's if unknown."""
    return _ask(engine, _ALL, workflow_id=workflow_id)


def current_owner(engine: Engine, workflow_id: int) -> Owners:
    """Return who registered the current run of a workflow; nobody's if unknown."""
    return _ask(engine, _CURRENT, workflow_id=workflow_id)


def owner_of_run(engine: Engine, workflow_id: int, number: int) -> Owners:
    """Return who registered a run by its number; nobody's if unknown."""
    return _ask(engine, _NUMBERED, workflow_id=workflow_id, number=number)


def _ask(engine: Engine, query: Query, **values: int) -> Owners:
    # Not with the request's session, which from then on would see nothing that is newer.
    with engine.connect() as connection:
        return frozenset(connection.scalars(query, values))
