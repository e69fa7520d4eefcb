"""The page of a workflow: how it goes, what failed and why, its jobs and its log."""

from html import escape
from itertools import accumulate
from typing import Any

from flask import render_template, request

from panoptes.common.error_words import error_words
from panoptes.common.status import JOB_STATUSES
from panoptes.common.wording import fair_share
from panoptes.models.message import LEVELS
from panoptes.queries import jobs, runs
from panoptes.queries.job_lists import JOB_SORTS, list_jobs, sorts
from panoptes.queries.messages import messages, messages_with
from panoptes.queries.results import JobView, RuleView, RunView
from panoptes.queries.rules import RULE_COUNTS, in_order
from panoptes.queries.rules import rules as rules_of
from panoptes.render.bars import unannounced
from panoptes.web.conditional import changes_with
from panoptes.web.guard.visitors import may_change_some
from panoptes.web.job_logs import job_log
from panoptes.web.pages import parameters
from panoptes.web.pages.badges import badge_snippets
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.notices import notice
from panoptes.web.pages.parameters import run_changes, wanted_run
from panoptes.web.parameters import MAX_NUMBER
from panoptes.web.request_time import request_time

OTHER_FAILURES = 10
# How much of the log's text the page shows at first, in letters, and where somebody turns its
# pages, in bytes.
LOG_LETTERS = 5_000
LOG_BYTES = 52_000
MOST_RULES = 20
# Of all rules, so many are shown, with names of so many bytes: each is there three times.
MOST_OF_ALL_RULES, MOST_NAME_BYTES = 300, 12_000


@blueprint.get(WORKFLOW_URL)
@changes_with(run_changes)
def workflow(workflow_id: int) -> str:
    """A workflow: how it goes, what failed and why."""
    run = wanted_run(workflow_id)
    rules = rules_of(run)
    return render_template(
        "workflow.html",
        run=run,
        notice=notice(),
        deleted_runs=runs.deleted_runs(request_time(), workflow_id) if may_change_some() else [],
        badge_snippets=badge_snippets(run),
        **rules_table(rules),
        unannounced=unannounced(run, rules),
        earlier_of_session=runs.resumed_by(run),
        reasons=sorted(run.reasons.items(), key=lambda reason: -reason[1]),
        runs=runs.runs_with(request_time(), run, parameters.page("runs_page")),
        **_failures(run),
        **_jobs(run),
        **_log(run),
    )


def _failures(run: RunView) -> dict[str, Any]:
    """Return the first job that failed, its log, and more of them: alike ones together."""
    failures = jobs.failed_jobs(request_time(), run, 1 + OTHER_FAILURES)
    failure = failures[0] if failures else None
    alike: dict[tuple[str, str], list[JobView]] = {}
    for job in failures[1:]:
        line = error_words(job.error, job.exit_status).in_line()
        alike.setdefault((job.rule, line), []).append(job)
    log = job_log(run, failure) if failure else None
    return {"failure": failure, "failure_log": log, "other_failures": alike}


def rules_table(rules: list[RuleView]) -> dict[str, Any]:
    """Return a run's rules and what their table shows of them."""
    sort, wants_all = parameters.rules_sort(), request.args.get("rules") == "all"
    shown = in_order(rules, sort, MOST_OF_ALL_RULES if wants_all else MOST_RULES)
    sizes = accumulate(len(escape(rule.name).encode()) for rule in shown)
    light = sum(size <= MOST_NAME_BYTES for size in sizes)
    return {
        "rules": rules,
        "rules_sort": sort,
        "shows_all_rules": wants_all,
        "shown_rules": shown[:light],
        "rule_counts": [name for name in RULE_COUNTS if any(getattr(rule, name) for rule in rules)],
    }


def _jobs(run: RunView) -> dict[str, Any]:
    wanted = parameters.job_filter()
    listed = list_jobs(request_time(), run, wanted)
    return {
        "wanted": wanted,
        "jobs": listed,
        "sorts": sorts(wanted, listed),
        "all_sorts": JOB_SORTS,
        "job_statuses": JOB_STATUSES,
    }


def _log(run: RunView) -> dict[str, Any]:
    text, level = parameters.text("log_q"), parameters.log_level()
    if text:
        page, after = parameters.page("log_page"), parameters.row("log_after")
        lines = messages_with(run, text, level, page, after)
    else:
        # The end of a log is what is wanted of it.
        lines = messages(run, level, parameters.page("log_page", default=MAX_NUMBER))
    # At first, long lines are cut; who turns the pages or looks for a text sees more of them.
    is_first = not text and "log_page" not in request.args
    lengths = [len(line.text) for line in lines.items]
    size = sum(len(escape(line.text).encode()) for line in lines.items)
    most = LOG_LETTERS if is_first else LOG_BYTES * sum(lengths) // max(1, size)
    share = fair_share(lengths, most)
    return {
        "lines": lines,
        "log_text": text,
        "log_level": level,
        "log_levels": LEVELS,
        "line_letters": share,
        "has_cut_lines": is_first and max(lengths, default=0) > share,
    }
