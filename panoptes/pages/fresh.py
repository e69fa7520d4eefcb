"""Answers "nothing changed" without making the page: open pages ask every two seconds."""

import hashlib

from flask import g, request
from werkzeug.wrappers import Response

from panoptes import __version__
from panoptes.db import db
from panoptes.guard.forms import known_browser
from panoptes.guard.visitors import visitor
from panoptes.models.token import Right
from panoptes.pages import polls
from panoptes.pages.blueprint import blueprint
from panoptes.queries import stamps
from panoptes.queries.views import Moment

NOT_MODIFIED = ("", 304)


def shows_run_as_before(
    moment: Moment, workflow_id: int, number: int | None, *more: object
) -> bool:
    """Return whether the asking browser has this page of this run already.

    `number` is None for the current run. `more` is what else the page shows that may change
    without an event.
    """
    return _is_fresh(moment, stamps.of_run(workflow_id, number), *more)


def shows_everything_as_before(moment: Moment) -> bool:
    """Return whether the asking browser has this page of all workflows already."""
    return _is_fresh(moment, stamps.everything())


def _is_fresh(moment: Moment, stamp: stamps.Stamp, *more: object) -> bool:
    """Return whether the asking browser has this page already, made from the same state.

    A page is made anew every minute: of what follows from time alone, no event tells.
    """
    state = stamp.read(db.engine)
    if state is None:
        return False
    minute = int(moment.now.timestamp()) // 60
    # Read as they came: taking them to pieces takes as long as all the rest.
    asked = request.environ
    address = [asked.get(name) for name in ("HTTP_HOST", "PATH_INFO", "QUERY_STRING")]
    told = repr((__version__, address, _asker(), minute, state, more))
    digest = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=12)
    g.etag = mark = f'"{digest.hexdigest()}"'
    if not more:
        polls.remember(mark, stamp, state, until=(minute + 1) * 60)
    return mark in asked.get("HTTP_IF_NONE_MATCH", "")


def _asker() -> tuple[object, ...]:
    """Return what a page depends on besides its address: who asks.

    One that brings no name asks again under the one that it gets with the page, or takes none.
    """
    asker = visitor()
    return (known_browser(), asker.name, asker.has_session, asker.may(Right.CHANGE))


@blueprint.after_request
def add_etag(response: Response) -> Response:
    """Mark a page with its state, so that the browser can ask whether it changed."""
    if "etag" in g and response.status_code in (200, 304):
        response.headers["ETag"] = g.etag
    return response
