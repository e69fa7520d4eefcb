"""The page of a run's graph: which rule feeds which, and how far each is."""

from collections.abc import Callable, Mapping, Set
from functools import partial
from typing import NamedTuple

from flask import render_template, request
from markupsafe import Markup

from panoptes.charts.graph.edges import Graph, rule_graph
from panoptes.charts.graph.layout import (
    HEIGHT,
    MAX_RULES,
    SMALL_HEIGHT,
    Layout,
    is_drawable,
    lay_out,
)
from panoptes.charts.graph.svg import Box, box_width, draw, small_box_width
from panoptes.common.status import Status
from panoptes.common.wording import count, cut, number
from panoptes.engines.terms import terms
from panoptes.queries.graph import job_samples, told_edges
from panoptes.queries.results import RuleView, RunView
from panoptes.queries.rules import rules as rules_of
from panoptes.render.bars import rule_bar, unannounced, waiting_word
from panoptes.web.conditional import changes_with
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.pages.links import run_url
from panoptes.web.pages.parameters import run_changes, wanted_run
from panoptes.web.pages.workflow_page import rules_table

# What a usual screen holds, in pixels.
LARGE_WIDTH, LARGE_HEIGHT = 1150, 700
# How large the picture and its words may be, in bytes, that the page stays light.
MOST_BYTES = 97_000


class DrawnGraph(NamedTuple):
    """A picture, or a `refusal` that says why there is none; neither where there are no rules.

    `makers` is the graph in words: rule -> who makes its files. `is_large`: a usual screen doesn't
    hold all of the picture.
    """

    picture: Markup = Markup()
    makers: Mapping[str, list[str]] = {}
    is_large: bool = False
    refusal: str = ""


@blueprint.get(f"{WORKFLOW_URL}/graph")
@changes_with(run_changes)
def graph(workflow_id: int) -> str:
    """How the rules of a run feed each other, each with its state."""
    run = wanted_run(workflow_id)
    rules = rules_of(run)
    # The table's links lead to the jobs on the workflow's page, as the picture's do.
    here = partial(run_url, run)
    drawn = draw_graph(run, rules, lambda rule: here("jobs", rule=rule))
    return render_template(
        "graph.html",
        run=run,
        unannounced=unannounced(run, rules),
        graph=drawn,
        has_words=has_words(drawn) or request.args.get("words") == "1",
        here=here,
        **rules_table(rules),
    )


def draw_graph(run: RunView, rules: list[RuleView], href: Callable[[str], str]) -> DrawnGraph:
    """Return the graph of a run's rules; `href` says where a rule's box leads."""
    of_engine = terms(run.engine)
    if not rules:
        return DrawnGraph()
    if len(rules) > MAX_RULES:
        many = count(len(rules), of_engine.rule)
        return DrawnGraph(refusal=f"{many} are too many for a graph.")
    told = told_edges(run)
    if told is None and of_engine.graphless:
        return DrawnGraph(refusal=of_engine.graphless)
    graph = _graph_of(run, {rule.name for rule in rules}, told)
    if not is_drawable(graph):
        lines = count(len(graph.edges), "connection")
        return DrawnGraph(refusal=f"{lines} between {of_engine.rules} are too many for a graph.")
    makers = {
        rule: [source for source, target in graph.edges if target == rule] for rule in graph.rules
    }
    picture, layout = _picture(run, rules, graph, href)
    if _size(picture) > MOST_BYTES:
        many = count(len(rules), of_engine.rule)
        return DrawnGraph(refusal=f"{many} with such long names are too many for a graph.")
    is_large = layout.width > LARGE_WIDTH or layout.height > LARGE_HEIGHT
    return DrawnGraph(picture, makers, is_large)


def _graph_of(run: RunView, names: Set[str], told: list[tuple[str, str]] | None) -> Graph:
    """Return the graph of these rules as the engine told it, or else as the files of jobs do."""
    if told is None:
        # A job may be announced between the two questions.
        return rule_graph(job for job in job_samples(run) if job.rule in names)
    edges = {(one, other) for one, other in told if one != other and {one, other} <= names}
    return Graph(tuple(sorted(names)), tuple(sorted(edges)))


def has_words(graph: DrawnGraph) -> bool:
    """Return whether the page has room for the graph in words beside its picture."""
    words = (name for rule, makers in graph.makers.items() for name in (rule, *makers))
    # Each name has marks around it.
    return _size(graph.picture) + sum(_size(cut(name, 60)) + 60 for name in words) <= MOST_BYTES


def _size(text: str) -> int:
    return len(text.encode())


# --- the picture ----------------------------------------------------------------------------------


def _picture(
    run: RunView, rules: list[RuleView], graph: Graph, href: Callable[[str], str]
) -> tuple[Markup, Layout]:
    share = unannounced(run, rules).share
    boxes = {
        rule.name: _box(run, rule, share, href(rule.name), begun=rule.jobs > 0) for rule in rules
    }
    # What Snakemake makes if it isn't asked for anything else comes last, here too.
    unknown = sorted(boxes.keys() - set(graph.rules), key=lambda rule: (rule == "all", rule))
    of_engine = terms(run.engine)
    told = {
        "title": f"Graph of {run.name}",
        "description": f"{count(len(rules), of_engine.rule)} with links to their {of_engine.jobs},"
        f" {count(len(graph.edges), 'connection')}. The same as text below.",
        "waiting": "Not started yet" if run.is_live else "Never started",
    }
    layout = lay_out(graph, tuple(unknown), box_width(boxes), HEIGHT)
    picture = draw(layout, boxes, **told)
    if _size(picture) > MOST_BYTES:
        layout = lay_out(graph, tuple(unknown), small_box_width(boxes), SMALL_HEIGHT)
        picture = draw(layout, boxes, **told)
    # All that is a stranger's in it has been escaped there.
    return Markup(picture), layout  # noqa: S704  # nosec B704


def _box(run: RunView, rule: RuleView, unannounced_share: float, href: str, *, begun: bool) -> Box:
    rest = _rest(run, rule)
    if rest:
        status, state = next(iter(rest.items()))
    else:
        status, state = (Status.DONE, "done") if rule.done else (Status.PLANNED, waiting_word(run))
    bar = rule_bar(rule, unannounced_share)
    others = (words for each, words in rest.items() if each is not Status.CANCELLED)
    of_engine = terms(run.engine)
    name, scope = of_engine.own_name(rule.name)
    return Box(
        name=name,
        # What holds that is told by the box's title.
        scope=of_engine.own_name(scope)[0],
        href=href,
        css=status.css,
        shape=status.shape,
        state=state,
        count=_count(rule, is_open=bar.is_open),
        parts=bar.parts,
        summary=", ".join([bar.words, *others]),
        begun=begun,
    )


def _count(rule: RuleView, *, is_open: bool) -> str:
    """Return how many of its jobs are done; `is_open`: those that began aren't all."""
    if is_open:
        return f"{number(rule.done)} of {number(rule.begun)} begun"
    return f"{number(rule.done)} of {number(rule.total)}" if rule.total else "none begun"


def _rest(run: RunView, rule: RuleView) -> dict[Status, str]:
    """Return in words how many jobs are not done, what matters most of them first."""
    counts = {
        Status.ERROR: (rule.error, "failed"),
        Status.RUNNING: (rule.running, "running"),
        Status.CANCELLED: (rule.cancelled, "cancelled"),
        Status.PLANNED: (rule.pending or 0, waiting_word(run)),
    }
    return {status: f"{number(jobs)} {word}" for status, (jobs, word) in counts.items() if jobs}
