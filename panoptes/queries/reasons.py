"""The question of why the jobs of a run ran."""

from sqlalchemy import case, func, select

from panoptes.db import db
from panoptes.models.job import Job
from panoptes.queries.views import RunView
from panoptes.reasons import FINISHED, LETTERS, Kind, summed

_START = case((Job.reason.startswith(FINISHED), len(FINISHED) + 1), else_=1)
_OPENING = func.substr(Job.reason, _START, LETTERS).label("opening")
# Openings name no file, or a letter of it: however many jobs, these are few rows.
_SUMS = select(_OPENING, func.count()).where(Job.rule != "").group_by("opening")


def why_jobs_ran(run: RunView) -> list[tuple[Kind, int]]:
    """Return how many jobs ran for each kind of reason, most jobs first."""
    rows = db.session.execute(_SUMS.where(Job.run_id == run.run_id))
    return summed((opening, number) for opening, number in rows)
