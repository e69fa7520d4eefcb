"""Answers "nothing changed" without making the page: open pages ask every two seconds."""

import hashlib

from flask import g, request
from werkzeug.wrappers import Response

from panoptes import __version__
from panoptes.guard.forms import browser_name
from panoptes.guard.visitors import may_change, visitor
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
    state = stamps.of_run(workflow_id, number)
    return state is not None and _is_fresh(moment, *state, *more)


def shows_everything_as_before(moment: Moment, *more: object) -> bool:
    """Return whether the asking browser has this page of all workflows already."""
    state = stamps.everything()
    return state is not None and _is_fresh(moment, *state, *more)


def _is_fresh(moment: Moment, *state: object) -> bool:
    """Return whether the asking browser has this page already, made from the same state.

    A page is made anew every minute: of what follows from time alone, no event tells.
    """
    minute = int(moment.now.timestamp()) // 60
    # Read as they came: taking them to pieces takes as long as all the rest.
    asked = request.environ
    address = [asked.get(name) for name in ("HTTP_HOST", "PATH_INFO", "QUERY_STRING")]
    told = repr((__version__, address, _asker(), minute, state))
    g.etag = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f'"{g.etag}"' in asked.get("HTTP_IF_NONE_MATCH", "")


def _asker() -> tuple[object, ...]:
    """Return what a page depends on besides its address: who asks."""
    asker = visitor()
    return (browser_name(), asker.name, asker.has_session, may_change())


@blueprint.after_request
def add_etag(response: Response) -> Response:
    """Mark a page with its state, so that the browser can ask whether it changed."""
    if "etag" in g and response.status_code in (200, 304):
        response.set_etag(g.etag)
    return response
