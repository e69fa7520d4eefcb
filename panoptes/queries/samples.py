"""Questions about the wildcards of a run's jobs, answered from counts."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from panoptes.analysis.samples import CellJobs, Counts, RuleJobs, Value, ValueGroup
from panoptes.common.status import Status
from panoptes.common.wildcards import brief
from panoptes.database.connections import reading
from panoptes.models.rule import Rule
from panoptes.models.sample import IS_SUM, WildcardCount
from panoptes.queries.paging import Key, contains, count, read_page
from panoptes.queries.results import PER_PAGE, Page, RunView

_RULES = select(Rule).order_by(Rule.first_job.is_(None), Rule.first_job, Rule.name)
_BY_PLACE = (Key(WildcardCount.place), Key(WildcardCount.natural))


def rule_jobs(run: RunView) -> tuple[list[RuleJobs], bool]:
    """Return a run's rules, as they were announced, and whether its client told a plan."""
    rows = reading().execute(_RULES.where(Rule.run_id == run.run_id)).all()
    # What Snakemake planned and left out doesn't come any more.
    is_done = run.status is Status.DONE
    rules = [
        RuleJobs(
            row.name,
            row.wildcards or (),
            row.jobs,
            0 if is_done else max(0, (row.planned or 0) - row.jobs),
            row.error,
            row.running,
        )
        for row in rows
    ]
    has_plan = any(row.planned is not None for row in rows)
    return rules, has_plan or not run.is_live


def groups(run: RunView, wildcard: str) -> list[ValueGroup]:
    """Return how many values of a wildcard there are at each place."""
    query = (
        select(WildcardCount.place, func.count(), func.max(WildcardCount.jobs))
        .where(*_sums(run, wildcard))
        .group_by(WildcardCount.place)
    )
    return [ValueGroup(*row) for row in reading().execute(query)]


def values(
    run: RunView,
    wildcard: str,
    *,
    text: str = "",
    before: int | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page[Value]:
    """Return a page of a wildcard's values, the worst first.

    `text` is a part of the value; with `before`, only those of lower places come.
    """
    conditions = _sums(run, wildcard)
    if text:
        conditions.append(contains(WildcardCount.value, text))
    if before is not None:
        conditions.append(WildcardCount.place < before)
    total = count(select(func.count()).select_from(WildcardCount).where(*conditions))
    query = select(WildcardCount.value, WildcardCount.place).where(*conditions)
    return read_page(query, _BY_PLACE, lambda row: Value(*row), total, page, per_page)


def _sums(run: RunView, wildcard: str) -> list[ColumnElement[bool]]:
    return [WildcardCount.run_id == run.run_id, WildcardCount.name == wildcard, IS_SUM]


def cells(
    run: RunView, wildcard: str, values: Sequence[Value], rules: Sequence[RuleJobs]
) -> dict[tuple[str, str], CellJobs]:
    """Return how the jobs of some rules stand for some values, by the value and the rule's name."""
    counts = (getattr(WildcardCount, name) for name in Counts._fields)
    columns = (WildcardCount.value, WildcardCount.rule, WildcardCount.key, WildcardCount.part)
    query = select(*columns, *counts).where(
        WildcardCount.run_id == run.run_id,
        WildcardCount.name == wildcard,
        WildcardCount.value.in_([value.value for value in values]),
        WildcardCount.rule.in_([brief(rule.name) for rule in rules]),
    )
    return {
        (value, rule): CellJobs(Counts(*counts), key, part)
        for value, rule, key, part, *counts in reading().execute(query)
    }
