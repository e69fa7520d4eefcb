"""The question of which files the jobs of a run read and write."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from panoptes.charts.graph.edges import JobFiles
from panoptes.database.connections import db
from panoptes.models.job import Job
from panoptes.queries.candidates import first_jobs
from panoptes.queries.paging import one_of
from panoptes.queries.results import RunView

# Of a rule whose jobs have very long lists, fewer jobs say enough.
MAX_TEXT = 200_000


def job_samples(run: RunView, per_rule: int = 20) -> list[JobFiles]:
    """Return the first jobs of each rule: what they tell doesn't change while a run goes on."""
    place = func.row_number().over(partition_by=Job.rule, order_by=Job.id)
    size = func.sum(_length(Job.input) + _length(Job.output))
    sized = (
        select(
            Job.rule,
            Job.wildcards,
            Job.input,
            Job.output,
            Job.is_checkpoint,
            place.label("place"),
            size.over(partition_by=Job.rule, order_by=Job.id).label("size"),
        )
        .where(one_of(Job.id, first_jobs(run, per_rule)))
        .subquery()
    )
    columns = sized.c
    wanted = or_(columns.place == 1, columns.size <= MAX_TEXT)
    query = select(sized).where(wanted).order_by(columns.rule, columns.place)
    return [
        JobFiles(
            row.rule, row.wildcards or {}, row.input or [], row.output or [], row.is_checkpoint
        )
        for row in db.session.execute(query)
    ]


def _length(column: Any) -> ColumnElement[int]:
    return func.coalesce(func.length(cast(column, Text)), 0)
