"""What templates can call: words, names, bars and links."""

from datetime import datetime

from flask import Flask

from panoptes import __version__
from panoptes.common import wording
from panoptes.common.error_words import error_words
from panoptes.engines.terms import shared_terms, terms
from panoptes.queries.results import EstimateView
from panoptes.render import bars, history, titles, usage
from panoptes.web.pages import history_page, links, navigation, terminal_commands
from panoptes.web.pages.highlight import marked
from panoptes.web.pages.template_calls import QuickContext
from panoptes.web.request_time import request_time


def ago(time: datetime) -> str:
    """Return how long ago a time is at this request's moment."""
    return wording.ago(time, request_time().now)


def clock(time: datetime) -> str:
    """Return a time of the day, with its date where that isn't this request's."""
    return wording.clock(time, request_time().now)


def minute(time: datetime) -> str:
    """Return a time of the day to the minute, with its date where that isn't this request's."""
    return wording.clock_minute(time, request_time().now)


def basis(estimate: EstimateView) -> str:
    """Return what an estimate is made from, and how good such ones were."""
    return wording.basis(estimate.basis_runs, estimate.past_error, rough=estimate.rough)


def since(time: datetime) -> str:
    """Return how long it is, at this request's moment, since a time."""
    return wording.duration(request_time().now - time)


def init_app(app: Flask) -> None:
    """Give the app's templates what they can call."""
    filters = (
        ago,
        basis,
        clock,
        error_words,
        bars.done_words,
        bars.progress_parts,
        bars.progress_words,
        bars.rule_bar,
        bars.run_bar,
        bars.waiting_word,
        history.cell_words,
        history.small_strip,
        minute,
        links.rule_anchor,
        links.run_number,
        shared_terms,
        terms,
        titles.job_words,
        titles.resources,
        titles.run_title,
        titles.status_word,
        titles.tab_title,
        titles.whole_path,
        titles.wildcards,
        usage.other_usage,
        usage.used_by,
        since,
        wording.brief_duration,
        wording.count,
        wording.cut,
        wording.dedented,
        wording.duration,
        wording.exact,
        marked,
        wording.number,
        wording.size,
    )
    for function in filters:
        app.add_template_filter(function)
    app.add_template_test(bars.is_open, "open_ended")
    for test in (
        titles.is_still_running,
        titles.can_cancel,
        titles.can_stop,
        titles.can_delete,
        titles.shows_problem,
        terminal_commands.can_resume,
    ):
        app.add_template_test(test)
    template_globals = (
        links.download,
        links.here,
        links.job_url,
        links.carried_fields,
        links.filter_fields,
        links.filtered_list,
        links.run_url,
        links.sort_link,
        history_page.run_strip,
        navigation.run_pages,
        terminal_commands.less,
        terminal_commands.log_command,
        terminal_commands.resume_command,
        titles.fields_with,
    )
    for template_global in template_globals:
        app.add_template_global(template_global)
    app.jinja_env.context_class = QuickContext
    app.jinja_env.globals["url_for"] = links.cached_url_for
    app.jinja_env.globals["version"] = __version__
