"""Answers "nothing changed" (304) to whoever has an answer already, without making it again.

An answer is made anew every minute: no event announces what follows from time alone, such as
"4 min ago". Open pages that ask every second are mostly answered by `poll_cache`.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from panoptes import __version__
from panoptes.database.connections import sql_engine
from panoptes.queries.change_tokens import ChangeToken
from panoptes.web.guard.embedding import headers
from panoptes.web.guard.forms import known_csrf_token
from panoptes.web.guard.rights import SAFE_METHODS
from panoptes.web.guard.visitors import visitor
from panoptes.web.poll_cache import POLL
from panoptes.web.request_time import request_time
from panoptes.web.services import services

P = ParamSpec("P")


def changes_with(
    changes: Callable[..., ChangeToken],
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, Response]]:
    """Answer a view's GET with 304 while nothing changed for whoever asks again.

    `changes` takes the view's arguments and returns what tells whether its answer changed.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> Response:
            # What changes something may answer with such a view, and then never with 304.
            if request.method not in SAFE_METHODS:
                return make_response(view(*args, **kwargs))
            return unless_known(changes(*args, **kwargs), lambda: view(*args, **kwargs))

        return answer

    return decorate


def is_poll() -> bool:
    """Return whether an open page asks, which will ask again."""
    return POLL in request.environ


def unless_known(
    changes: ChangeToken, make: Callable[[], ResponseReturnValue], *more: object
) -> Response:
    """Return the answer that `make` makes, with its ETag, or 304 where whoever asks has it.

    `more` is what else the answer shows that may change without an event.
    """
    state = changes.read(sql_engine())
    if state is None:
        return make_response(make())
    now = request_time().now
    minute = int(now.timestamp()) // 60
    is_page = request.blueprint == "pages"
    # Read as they came: taking them to pieces takes as long as all the rest.
    address = [request.environ.get(name) for name in ("HTTP_HOST", "PATH_INFO", "QUERY_STRING")]
    asker = _asker() if is_page else visitor().name
    made_from = repr((__version__, address, minute, state, asker, more))
    digest = hashlib.blake2b(made_from.encode("utf-8", "replace"), digest_size=12)
    etag = f'"{digest.hexdigest()}"'
    if is_page and not more:
        until = (minute + 1) * 60
        services().polls.remember(request.environ, etag, changes, state, now, until, headers())
    is_known = etag in request.environ.get("HTTP_IF_NONE_MATCH", "")
    response = Response(status=304) if is_known else make_response(make())
    if response.status_code in (200, 304):
        response.headers["ETag"] = etag
    return response


def _asker() -> tuple[object, ...]:
    """Return what a page depends on besides its address: who asks.

    A browser without a session asks again with the one that it gets with the page, or takes none.
    """
    asker = visitor()
    return (known_csrf_token(), asker.name, asker.has_session, sorted(asker.rights))
