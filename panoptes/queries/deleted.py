"""The question of what was deleted lately and can be brought back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from panoptes.database.connections import db
from panoptes.models.deletion import UNDO
from panoptes.models.workflow import Workflow
from panoptes.queries.results import Moment


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted in one go: so many workflows, of which `name` is one."""

    at: datetime
    workflows: int
    name: str


def deletions(moment: Moment, limit: int = 3) -> list[Deletion]:
    """Return the latest deletions that can be undone, the newest first."""
    query = (
        select(Workflow.deleted_at, func.count(), func.min(Workflow.name))
        .where(Workflow.deleted_at >= moment.now - UNDO)
        .group_by(Workflow.deleted_at)
        .order_by(Workflow.deleted_at.desc())
        .limit(limit)
    )
    return [Deletion(at, number, name) for at, number, name in db.session.execute(query) if at]
