"""What the rules of a run asked for and used, from the sums that are kept of them."""

from dataclasses import dataclass

from sqlalchemy import func, select

from panoptes.common.usage import Spread, spread
from panoptes.database.connections import reading
from panoptes.models.rule import Rule
from panoptes.models.rule_usage import RuleUsage
from panoptes.queries.paging import QueryRow, count, page_start
from panoptes.queries.results import PER_PAGE, Page, RunView


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure of a rule's attempts: the most asked for, the most used, how the latest lie."""

    asked: float | None
    most: float | None
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class RuleUsageView:
    """What `jobs` attempts of a rule used: memory in bytes, cores kept busy, seconds.

    `cpu_seconds`, `read_bytes` and `written_bytes` are sums; None where no attempt said it.
    """

    rule: str
    jobs: int
    memory: Figures
    cores: Figures
    seconds: Figures
    cpu_seconds: float | None
    read_bytes: int | None
    written_bytes: int | None


def rule_usage(run: RunView, page: int = 1, per_page: int = PER_PAGE) -> Page[RuleUsageView]:
    """Return what the rules of a run used, in the order of the flow."""
    of_run = RuleUsage.run_id == run.run_id
    total = count(select(func.count()).select_from(RuleUsage).where(of_run))
    page, start = page_start(page, total, per_page)
    query = (
        select(RuleUsage)
        .outerjoin(Rule, (Rule.run_id == RuleUsage.run_id) & (Rule.name == RuleUsage.rule))
        .where(of_run)
        .order_by(Rule.first_job.is_(None), Rule.first_job, RuleUsage.rule)
        .limit(per_page)
        .offset(start)
    )
    return Page([_view(row) for row in reading().execute(query)], total, page, per_page)


def _view(row: QueryRow) -> RuleUsageView:
    return RuleUsageView(
        row.rule,
        row.jobs,
        Figures(row.asked_memory, row.most_memory, spread(row.recent_memory)),
        Figures(row.asked_cores, row.most_cores, spread(row.recent_cores)),
        Figures(row.asked_seconds, row.most_seconds, spread(row.recent_seconds)),
        row.cpu_seconds,
        row.read_bytes,
        row.written_bytes,
    )
