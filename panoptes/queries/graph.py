"""The question of which files the jobs of a run read and write."""

from sqlalchemy import case, func, or_, select

from panoptes.charts.graph.edges import JobFiles
from panoptes.database.connections import reading
from panoptes.models.job import Job
from panoptes.models.run import Run
from panoptes.queries.candidates import first_jobs
from panoptes.queries.paging import ENOUGH_LETTERS, one_of
from panoptes.queries.results import RunView

# Of a rule whose jobs have very long lists, fewer jobs say enough.
MAX_TEXT = 200_000


def told_edges(run: RunView) -> list[tuple[str, str]] | None:
    """Return which rule feeds which as the engine told it, None where it didn't."""
    edges = reading().scalar(select(Run.graph).where(Run.id == run.run_id))
    return None if edges is None else [(source, target) for source, target in edges]


def job_samples(run: RunView, per_rule: int = 20) -> list[JobFiles]:
    """Return the first jobs of each rule: what they tell doesn't change while a run goes on."""
    sized = (
        select(
            Job.id,
            Job.letters,
            func.row_number().over(partition_by=Job.rule, order_by=Job.id).label("place"),
            func.sum(Job.letters).over(partition_by=Job.rule, order_by=Job.id).label("of_rule"),
        )
        .where(one_of(Job.id, first_jobs(run, per_rule)))
        .subquery()
        .c
    )
    # The first jobs of all rules before others, and of these those with little to read.
    upto = func.sum(sized.letters).over(order_by=(sized.place, sized.letters, sized.id))
    chosen = (
        select(sized.id, sized.place, (upto - sized.letters < ENOUGH_LETTERS).label("is_read"))
        .where(or_(sized.place == 1, sized.of_rule <= MAX_TEXT))
        .subquery()
        .c
    )
    # Of very many rules with very long lists, some are known by their names alone.
    files = (case((chosen.is_read, each)).label(each.key) for each in (Job.input, Job.output))
    query = (
        select(Job.rule, Job.wildcards, *files, Job.is_checkpoint)
        .join(chosen.id.table, chosen.id == Job.id)
        .where(or_(chosen.place == 1, chosen.is_read))
        .order_by(Job.rule, Job.id)
    )
    return [
        JobFiles(
            row.rule, row.wildcards or {}, row.input or [], row.output or [], row.is_checkpoint
        )
        for row in reading().execute(query)
    ]
