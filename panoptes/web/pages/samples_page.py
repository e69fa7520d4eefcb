"""The page that tells which samples are through: a matrix of a wildcard's values and rules."""

from collections import Counter
from dataclasses import dataclass

from flask import render_template, request

from panoptes.analysis.samples import (
    Cell,
    Outlook,
    RuleJobs,
    SampleRow,
    outlook,
    rows,
    wildcards,
)
from panoptes.common.status import Status
from panoptes.common.wording import number
from panoptes.queries import samples as questions
from panoptes.queries.results import Page, RunView
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.links import job_url, run_url
from panoptes.web.pages.wanted import run_changes, wanted_run

# What a browser can show in one table; runs of so many rules are rare.
MOST_RULES = 60
MOST_WILDCARDS = 200
WORDS = {
    Status.DONE: "done",
    Status.ERROR: "failed",
    Status.RUNNING: "running",
    Status.CANCELLED: "cancelled",
    Status.PLANNED: "planned",
}
NOT_THROUGH = (Status.ERROR, Status.RUNNING, Status.CANCELLED, Status.PLANNED)


@dataclass(frozen=True, slots=True)
class SamplesFilter:
    """Which values are wanted; without a wildcard, of the one that most rules have."""

    wildcard: str | None
    text: str
    unfinished: bool
    page: int


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell as it is drawn; without a status there is nothing to say."""

    status: Status | None
    count: str = ""
    words: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class RowView:
    """A value, where its jobs are, what matters most of them, and its cells."""

    value: str
    href: str
    status: Status
    word: str
    cells: list[CellView]


@dataclass(frozen=True, slots=True)
class SamplesPage:
    """`counts` says how many values are in each state; `wildcard` is None where no job has one.

    `has_plan` is false while the client's plan is unknown, and `more_rules` is how many are not
    shown.
    """

    wanted: SamplesFilter
    wildcard: str | None
    wildcards: list[str]
    rules: list[str]
    more_rules: int
    ahead: list[str]
    rows: Page[RowView]
    values: int
    through: int
    counts: list[tuple[Status, str, int]]
    legend: list[tuple[Status, str]]
    some_jobs: bool
    has_plan: bool


@blueprint.get(f"{WORKFLOW_URL}/samples")
@changes_with(run_changes)
def samples(workflow_id: int) -> str:
    """Which values of a wildcard are through, and where the others are."""
    run = wanted_run(workflow_id)
    return render_template("samples.html", run=run, page=samples_page(run, samples_filter()))


def samples_filter() -> SamplesFilter:
    """Return what the page's address asks for."""
    args = request.args
    return SamplesFilter(
        wildcard=parameters.text(args, "wildcard") or None,
        text=parameters.text(args),
        unfinished=args.get("unfinished") == "1",
        page=parameters.page(args),
    )


def samples_page(run: RunView, wanted: SamplesFilter) -> SamplesPage:
    """Return all that the page shows of a run."""
    all_rules, has_plan = questions.rule_jobs(run)
    names = wildcards(all_rules)
    wildcard = wanted.wildcard if wanted.wildcard in names else next(iter(names), None)
    groups = questions.groups(run, wildcard) if wildcard is not None else []
    to_come = outlook(all_rules, wildcard or "", groups)
    rules = [rule for rule in all_rules if wildcard in rule.wildcards]
    counts: Counter[Status] = Counter()
    for group in groups:
        counts[Status(to_come.status(group.place))] += group.values
    return SamplesPage(
        wanted=wanted,
        wildcard=wildcard,
        wildcards=names[:MOST_WILDCARDS],
        rules=[rule.name for rule in rules[:MOST_RULES]],
        more_rules=max(0, len(rules) - MOST_RULES),
        ahead=to_come.ahead,
        rows=_rows(run, wildcard or "", wanted, rules[:MOST_RULES], to_come),
        values=sum(counts.values()),
        through=counts[Status.DONE],
        counts=[
            (status, _word(run, status), counts[status]) for status in NOT_THROUGH if counts[status]
        ],
        legend=[(status, _word(run, status)) for status in WORDS],
        some_jobs=any(rule.jobs for rule in all_rules),
        has_plan=has_plan,
    )


def _word(run: RunView, status: Status) -> str:
    """Return what is said of a value or a cell; for a planned one, something is still to come."""
    if status is Status.PLANNED:
        return "waiting" if run.is_live else "not finished"
    return WORDS[status]


# --- rows and cells -------------------------------------------------------------------------------


def _rows(
    run: RunView, wildcard: str, wanted: SamplesFilter, rules: list[RuleJobs], to_come: Outlook
) -> Page[RowView]:
    before = to_come.finished_from if wanted.unfinished else None
    values = questions.values(run, wildcard, text=wanted.text, before=before, page=wanted.page)
    cells = questions.cells(run, wildcard, values.items, rules)
    views = [_row_view(run, wildcard, row) for row in rows(values.items, cells, rules, to_come)]
    return Page(views, values.total, values.number, values.per_page)


def _row_view(run: RunView, wildcard: str, row: SampleRow) -> RowView:
    status, pair = Status(row.status), f"{wildcard}={row.value}"
    return RowView(
        value=row.value,
        href=run_url(run, "jobs", wildcard=pair),
        status=status,
        word="finished" if row.is_finished else _word(run, status),
        cells=[_cell_view(run, pair, cell) for cell in row.cells],
    )


def _cell_view(run: RunView, pair: str, cell: Cell) -> CellView:
    if cell.status is None:
        return CellView(None)
    status, jobs = Status(cell.status), cell.jobs
    if jobs is None:
        return CellView(status, words="not started yet" if run.is_live else "never started")
    counts = {Status(state): count for state, count in jobs.counts.by_status.items()}
    more = ["more expected"] if cell.waits and run.is_live else []
    if jobs.counts.jobs == 1:
        words = [WORDS[state] for state in counts]
        href = job_url(run, jobs.key, jobs.part)
        return CellView(status, words=", ".join(words + more), href=href)
    words = [f"{number(count)} {WORDS[state]}" for state, count in counts.items()]
    return CellView(
        status,
        count=f"{number(counts.get(Status.DONE, 0))}/{number(jobs.counts.jobs)}",
        words=", ".join(words + more),
        href=run_url(run, "jobs", rule=cell.rule, wildcard=pair),
    )
