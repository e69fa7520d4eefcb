"""The page that tells which samples are through: a matrix of a wildcard's values and rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from panoptes.analysis.samples import (
    ON_SCREEN,
    Cell,
    Outlook,
    RuleJobs,
    SampleRow,
    in_order,
    outlook,
    rows,
    wildcards,
)
from panoptes.common.status import Status
from panoptes.common.wording import number
from panoptes.queries import samples as questions
from panoptes.queries.results import PER_PAGE, Page, RunView
from panoptes.web.conditional import changes_with
from panoptes.web.pages import parameters
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.links import job_url, run_url
from panoptes.web.pages.parameters import run_changes, wanted_run

# What one table shows: so many columns, and so many cells in all, that the page stays light.
MOST_RULES = 40
MOST_CELLS = 600
MOST_WILDCARDS = 200
WORDS = {
    Status.DONE: "done",
    Status.ERROR: "failed",
    Status.RUNNING: "running",
    Status.CANCELLED: "cancelled",
    Status.PLANNED: "planned",
}


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


@blueprint.get(f"{WORKFLOW_URL}/samples")
@changes_with(run_changes)
def samples(workflow_id: int) -> str:
    """Which values of a wildcard are through, and where the others are."""
    run = wanted_run(workflow_id)
    all_rules, has_plan = questions.rule_jobs(run)
    names = wildcards(all_rules)
    wildcard = _wildcard(names)
    groups = questions.groups(run, wildcard) if wildcard is not None else []
    to_come = outlook(all_rules, wildcard or "", groups)
    rules = in_order(rule for rule in all_rules if wildcard in rule.wildcards)
    counts: Counter[Status] = Counter()
    for group in groups:
        counts[to_come.status(group.place)] += group.values
    return render_template(
        "samples.html",
        run=run,
        text=parameters.text(),
        unfinished=_only_unfinished(),
        wildcard=wildcard,
        wildcards=names[:MOST_WILDCARDS],
        rules=[rule.name for rule in rules[:MOST_RULES]],
        more_rules=max(0, len(rules) - MOST_RULES),
        are_sorted=len(rules) > ON_SCREEN,
        ahead=to_come.ahead,
        rows=_rows(run, wildcard or "", rules[:MOST_RULES], to_come),
        counts=counts,
        words={status: _word(run, status) for status in WORDS},
        some_jobs=any(rule.jobs for rule in all_rules),
        has_plan=has_plan,
    )


def _wildcard(names: Sequence[str]) -> str | None:
    """Return the wanted wildcard, else the first, which most rules have; None where no job has."""
    wanted = parameters.text("wildcard")
    return wanted if wanted in names else next(iter(names), None)


def _only_unfinished() -> bool:
    return request.args.get("unfinished") == "1"


def _word(run: RunView, status: Status) -> str:
    """Return what is said of a value or a cell; for a planned one, something is still to come."""
    if status is Status.PLANNED:
        return "waiting" if run.is_live else "not finished"
    return WORDS[status]


# --- rows and cells -------------------------------------------------------------------------------


def _rows(run: RunView, wildcard: str, rules: list[RuleJobs], to_come: Outlook) -> Page[RowView]:
    before = to_come.finished_from if _only_unfinished() else None
    text, page = parameters.text(), parameters.page()
    per_page = min(PER_PAGE, MOST_CELLS // max(1, len(rules)))
    values = questions.values(run, wildcard, text=text, before=before, page=page, per_page=per_page)
    cells = questions.cells(run, wildcard, values.items, rules)
    views = [_row_view(run, wildcard, row) for row in rows(values.items, cells, rules, to_come)]
    return Page(views, values.total, values.number, values.per_page)


def _row_view(run: RunView, wildcard: str, row: SampleRow) -> RowView:
    status, pair = row.status, f"{wildcard}={row.value}"
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
    status, jobs = cell.status, cell.jobs
    if jobs is None:
        return CellView(status, words="not started yet" if run.is_live else "never started")
    counts = jobs.counts.by_status
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
