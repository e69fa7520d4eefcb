"""Status badges: a small picture of how a workflow stands, for pages elsewhere.

Other sites may show them, so all badges of a name have the same size and status code, also where
there is no such workflow: a page that shows one learns neither what it says nor whether there is.
"""

import re
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width
from urllib.parse import quote

from flask import render_template, request
from werkzeug.wrappers import Response

from panoptes.common.status import Status
from panoptes.common.text import clean_text
from panoptes.queries import runs
from panoptes.queries.results import RunView
from panoptes.render.bars import is_open
from panoptes.render.summaries import plain
from panoptes.web.guard import access
from panoptes.web.guard.rights import READ, needs
from panoptes.web.pages.blueprint import WORKFLOW_URL, blueprint
from panoptes.web.request_time import request_time
from panoptes.web.services import services

UNKNOWN = "unknown"
# White on each of them can be read: the colours of the pages' light theme.
_COLOURS = {
    Status.RUNNING: "#0b5cad",
    Status.DONE: "#0a7350",
    Status.ERROR: "#b3261e",
    Status.STALE: "#8a5a00",
}
_GREY = "#5b6670"
_NAME = 40
# What Markdown would take for more than a letter.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>()#!|~]")
# Pixels, of 11 px Verdana or the like; each text is fitted into its width, whatever font shows it.
_MARGIN, _STATUS_WIDTH = 7, 104
_CHARACTER, _NARROW, _WIDE = 7, 4, 10
_NARROW_ONES, _WIDE_ONES = frozenset("fijlrtI.,:;'|!()[] -"), frozenset("mwMW%@")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Side(NamedTuple):
    """A half of a badge: where it is, its text, and how long that is, in pixels."""

    left: int
    width: int
    colour: str
    text: str
    length: int


def _text_width(text: str) -> int:
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if character in _NARROW_ONES:
        return _NARROW
    is_wide = character in _WIDE_ONES or east_asian_width(character) in "WF"
    return _WIDE if is_wide else _CHARACTER


@blueprint.get("/badge/<key:name>.svg")
@needs(None)
def badge_of_name(name: str) -> Response:
    """How the workflow of this name stands."""
    _check_access()
    name = clean_text(name)
    return _badge(name, runs.workflow_named(request_time(), name))


@blueprint.get(f"{WORKFLOW_URL}/badge.svg")
@needs(None)
def badge(workflow_id: int) -> Response:
    """How a workflow stands. Its name isn't in it: it would tell other sites how long that is."""
    _check_access()
    return _badge(f"workflow {workflow_id}", runs.workflow(request_time(), workflow_id))


def _check_access() -> None:
    if not services().settings.public_badges:
        access.check(READ)


def badge_snippets(run: RunView) -> dict[str, str]:
    """Return what shows a workflow's badge elsewhere, and leads to its page: by language."""
    address = services().settings.public_url or request.url_root.rstrip("/")
    picture = f"{address}/badge/{quote(run.name, safe='')}.svg"
    page = f"{address}/workflow/{run.workflow_id}"
    name = plain(run.name, _NAME)
    in_markdown = _MARKDOWN.sub(r"\\\g<0>", name)
    return {
        "Markdown": f"[![{in_markdown}]({picture})]({page})",
        "HTML": f'<a href="{page}"><img src="{picture}" alt="{escape(name)}"></a>',
    }


def _badge(label: str, run: RunView | None) -> Response:
    label = plain(label, _NAME)
    status, colour = _shown(run)
    length, most = _text_width(label), _STATUS_WIDTH - 2 * _MARGIN
    width = length + 2 * _MARGIN
    sides = (
        Side(0, width, "#3b4650", label, length),
        Side(width, _STATUS_WIDTH, colour, status, min(_text_width(status), most)),
    )
    body = render_template("badge.svg", title=f"{label}: {status}", sides=sides)
    response = Response(body, headers=_HEADERS, mimetype="image/svg+xml")
    response.add_etag()
    return response.make_conditional(request)


def _shown(run: RunView | None) -> tuple[str, str]:
    if run is None:
        return UNKNOWN, _GREY
    percent = ""
    if run.status is Status.RUNNING and run.jobs_total and not is_open(run):
        percent = f" {100 * run.jobs_done // run.jobs_total} %"
    return f"{run.status}{percent}", _COLOURS.get(run.status, _GREY)
