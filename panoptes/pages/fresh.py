"""Answers "nothing changed" without making the page: open pages ask every two seconds."""

import hashlib

from flask import g, request
from werkzeug.wrappers import Response

from panoptes import __version__
from panoptes.guard.forms import browser_name
from panoptes.guard.visitors import may_change, visitor
from panoptes.pages.blueprint import blueprint
from panoptes.queries.views import Moment, RunView

NOT_MODIFIED = ("", 304)


def shows_run_as_before(moment: Moment, run: RunView, *more: object) -> bool:
    """Return whether the asking browser has this page of this run already.

    `more` is what else it shows that may change without an event.
    """
    return is_fresh(moment, run.run_id, run.revision, run.runs, run.status.value, *more)


def is_fresh(moment: Moment, *state: object) -> bool:
    """Return whether the asking browser has this page already, made from the same state.

    A page is made anew every minute for readers without JavaScript, whose "4 min ago" is ours.
    """
    minute = int(moment.now.timestamp()) // 60
    told = repr((__version__, request.full_path, _asker(), minute, state))
    g.etag = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return request.if_none_match.contains(g.etag)


def _asker() -> tuple[object, ...]:
    """Return what a page depends on besides its address: which host was asked, and by whom."""
    asker = visitor()
    host = request.headers.get("Host")
    return (host, browser_name(), asker.name, asker.has_session, may_change())


@blueprint.after_request
def add_etag(response: Response) -> Response:
    """Mark a page with its state, so that the browser can ask whether it changed."""
    if "etag" in g and response.status_code in (200, 304):
        response.set_etag(g.etag)
    return response
