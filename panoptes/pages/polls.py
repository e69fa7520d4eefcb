"""Answers "nothing changed" to open pages without Flask, whose way to a view takes far longer.

It remembers which pages went out and what they were made from. What it doesn't know (another
process sent it, or it was forgotten), Flask answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, current_app, request

from panoptes import clock
from panoptes.db import db
from panoptes.guard.headers import HEADERS
from panoptes.queries.stamps import Stamp, State

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# So many pages are remembered.
REMEMBERED = 2000
# All that a page depends on besides what it shows: where it was asked for, and by whom.
_ASKED = (
    *("REQUEST_METHOD", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"),
    *("HTTP_COOKIE", "HTTP_AUTHORIZATION"),
)


@dataclass(frozen=True, slots=True)
class Served:
    """A page that went out: how it was asked for, what it shows, and until when it may hold."""

    asked: tuple[object, ...]
    stamp: Stamp
    state: State
    until: float


class Polls:
    """A WSGI app that answers polls and leaves every other request to another one."""

    def __init__(self, app: Flask, behind: "WSGIApplication") -> None:
        self._behind = behind
        with app.app_context():
            self._engine = db.engine
        self._served: dict[str, Served] = {}
        app.extensions["panoptes_polls"] = self

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        mark = environ.get("HTTP_IF_NONE_MATCH")
        served = self._served.get(mark) if mark else None
        if served is None or not self._holds(served, environ):
            return self._behind(environ, start_response)
        start_response("304 NOT MODIFIED", [("ETag", str(mark)), *HEADERS.items()])
        return []

    def _holds(self, served: Served, environ: "WSGIEnvironment") -> bool:
        """Return whether this request would get the same page again."""
        return (
            served.asked == _asked(environ)
            and clock.utcnow().timestamp() < served.until
            and served.stamp.read(self._engine) == served.state
        )

    def remember(self, mark: str, served: Served) -> None:
        """Remember a page that goes out under a mark."""
        if len(self._served) >= REMEMBERED:
            self._served.clear()
        self._served[mark] = served


def _asked(environ: "WSGIEnvironment") -> tuple[object, ...]:
    return tuple([environ.get(name) for name in _ASKED])


def remember(mark: str, stamp: Stamp, state: State, until: float) -> None:
    """Remember that this request's page goes out under a mark, and what it was made from."""
    polls: Polls = current_app.extensions["panoptes_polls"]
    polls.remember(mark, Served(_asked(request.environ), stamp, state, until))
