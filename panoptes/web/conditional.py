"""Marks answers with what they were made from, so that who asks again learns that nothing changed.

An answer is made anew every minute: of what follows from time alone, no event tells.
"""

import hashlib

from flask import Response, g, request

from panoptes import __version__
from panoptes.queries.change_tokens import State
from panoptes.queries.results import Moment

NOT_MODIFIED = ("", 304)


def minute_of(moment: Moment) -> int:
    """Return the number of the minute whose answers are all the same."""
    return int(moment.now.timestamp()) // 60


def mark_answer(moment: Moment, state: State, *more: object) -> str:
    """Mark this request's answer, made from a state and from `more`; return the mark."""
    # Read as they came: taking them to pieces takes as long as all the rest.
    asked = request.environ
    address = [asked.get(name) for name in ("HTTP_HOST", "PATH_INFO", "QUERY_STRING")]
    told = repr((__version__, address, minute_of(moment), state, more))
    digest = hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=12)
    g.etag = f'"{digest.hexdigest()}"'
    return str(g.etag)


def is_known(mark: str) -> bool:
    """Return whether who asks has the answer with this mark already."""
    return mark in request.environ.get("HTTP_IF_NONE_MATCH", "")


def add_etag(response: Response) -> Response:
    """Tell the mark with the answer."""
    if "etag" in g and response.status_code in (200, 304):
        response.headers["ETag"] = g.etag
    return response
