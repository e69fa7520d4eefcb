"""Whether anything changed, asked without looking at what."""

from sqlalchemy import and_, func, select

from panoptes.models.run import Run
from panoptes.models.status import Status
from panoptes.models.workflow import IS_THERE, Workflow
from panoptes.queries.paging import count
from panoptes.queries.views import Moment


def everything(moment: Moment) -> tuple[int, int, int]:
    """Return numbers that change whenever any workflow does, or falls silent."""
    changes = count(select(func.sum(Run.revision)))
    workflows = count(select(func.count()).select_from(Workflow).where(IS_THERE))
    return changes, workflows, _stale(moment)


def _stale(moment: Moment) -> int:
    if moment.silent is None:
        return 0
    silent = and_(Run.status == Status.RUNNING.value, Run.updated_at < moment.silent)
    return count(select(func.count()).select_from(Run).where(silent))
