"""Who registered the runs of a workflow: asked before a member changes something."""

from datetime import datetime

from sqlalchemy import Engine, bindparam, or_, select

from panoptes.database.connections import UTCDateTime
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
_OWNERLESS: Query = (
    select(Run.id)
    .where(
        Run.owner.is_(None),
        or_(Run.ended_at.is_(None), Run.ended_at >= bindparam("since", type_=UTCDateTime)),
    )
    .limit(1)
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


def has_ownerless_run(engine: Engine, since: datetime) -> bool:
    """Return whether a run without an owner has no end, or one `since` then."""
    with engine.connect() as connection:
        return connection.scalar(_OWNERLESS, {"since": since}) is not None


def _ask(engine: Engine, query: Query, **values: int) -> Owners:
    # Not with the request's session, which from then on would see nothing that is newer.
    with engine.connect() as connection:
        return frozenset(connection.scalars(query, values))
