"""The page that tells which samples are through: a matrix of a wildcard's values and rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for

from panoptes.analysis.samples import (
    Cell,
    CellJobs,
    Group,
    Outlook,
    Row,
    RuleJobs,
    Wildcard,
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
    wildcards: list[Wildcard]
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
    known = wildcards(all_rules)
    wildcard = _chosen(known, wanted.wildcard)
    groups = questions.groups(run, wildcard) if wildcard is not None else []
    to_come = outlook(all_rules, wildcard or "", groups)
    rules = [rule for rule in all_rules if wildcard in rule.wildcards]
    counts = _counts(groups, to_come)
    return SamplesPage(
        wanted=wanted,
        wildcard=wildcard,
        wildcards=known[:MOST_WILDCARDS],
        rules=[rule.name for rule in rules[:MOST_RULES]],
        more_rules=max(0, len(rules) - MOST_RULES),
        ahead=to_come.ahead,
        rows=_rows(run, wildcard or "", wanted, rules[:MOST_RULES], to_come),
        values=sum(counts.values()),
        through=counts[Status.DONE],
        counts=[(each, _word(run, each), counts[each]) for each in NOT_THROUGH if counts[each]],
        legend=[(status, _word(run, status)) for status in WORDS],
        some_jobs=any(rule.jobs for rule in all_rules),
        has_plan=has_plan,
    )


def _chosen(known: list[Wildcard], wanted: str | None) -> str | None:
    names = [wildcard.name for wildcard in known]
    return wanted if wanted in names else next(iter(names), None)


def _counts(groups: Sequence[Group], to_come: Outlook) -> Counter[Status]:
    counts: Counter[Status] = Counter()
    for group in groups:
        counts[Status(to_come.status(group.place))] += group.values
    return counts


def _word(run: RunView, status: Status) -> str:
    """Return what is said of a value or a cell; for a planned one, something is still to come."""
    if status is Status.PLANNED:
        return "waiting" if run.is_live else "not finished"
    return WORDS[status]


# --- rows and cells -------------------------------------------------------------------------------


def _rows(
    run: RunView, wildcard: str, wanted: SamplesFilter, rules: list[RuleJobs], to_come: Outlook
) -> Page[RowView]:
    before = to_come.through_from if wanted.unfinished else None
    values = questions.values(run, wildcard, text=wanted.text, before=before, page=wanted.page)
    found = questions.cells(run, wildcard, values.items, rules)
    views = [
        _row_view(run, row, f"{wildcard}={row.value}")
        for row in rows(values.items, found, rules, to_come)
    ]
    return Page(views, values.total, values.number, values.per_page)


def _row_view(run: RunView, row: Row, pair: str) -> RowView:
    status = Status(row.status)
    return RowView(
        value=row.value,
        href=_jobs_url(run, pair),
        status=status,
        word="finished" if row.is_through else _word(run, status),
        cells=[_cell_view(run, pair, cell) for cell in row.cells],
    )


def _cell_view(run: RunView, pair: str, cell: Cell) -> CellView:
    if cell.status is None:
        return CellView(None)
    status, found = Status(cell.status), cell.found
    if found is None:
        told = "not started yet" if run.is_live else "never started"
        return CellView(status, words=told)
    counts = {Status(state): jobs for state, jobs in found.counts.by_status.items()}
    known = found.counts.jobs
    return CellView(
        status,
        count="" if known == 1 else f"{number(counts.get(Status.DONE, 0))}/{number(known)}",
        words=_told(counts, waits=cell.waits and run.is_live),
        href=_job_url(run, found) if known == 1 else _jobs_url(run, pair, cell.rule),
    )


def _told(counts: dict[Status, int], *, waits: bool) -> str:
    if sum(counts.values()) == 1:
        told = [WORDS[status] for status in counts]
    else:
        told = [f"{number(jobs)} {WORDS[status]}" for status, jobs in counts.items()]
    return ", ".join(told + ["more expected"] * waits)


def _job_url(run: RunView, found: CellJobs) -> str:
    return url_for(
        ".job",
        workflow_id=run.workflow_id,
        jobid=found.key,
        run=_run_number(run),
        part=found.part or None,
    )


def _jobs_url(run: RunView, pair: str, rule: str | None = None) -> str:
    query: dict[str, Any] = {"rule": rule, "wildcard": pair}
    return url_for(
        ".workflow",
        workflow_id=run.workflow_id,
        run=_run_number(run),
        _anchor="jobs",
        **query,
    )


def _run_number(run: RunView) -> int | None:
    return None if run.run == run.runs else run.run
