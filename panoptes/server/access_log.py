"""One line in the log for each request (`--verbose`)."""

import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("panoptes.requests")
# Of an address; a line should be one.
MOST_LETTERS = 2000


def logged(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Log every request of an app, with its answer's status and the time until that began."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            query = environ.get("QUERY_STRING")
            path = environ["PATH_INFO"] + (f"?{query}" if query else "")
            log.info(
                "%s %s %s %s %.1f ms",
                *map(_shown, (environ.get("REMOTE_ADDR", ""), environ["REQUEST_METHOD"], path)),
                status.split()[0],
                (time.perf_counter() - began) * 1000,
            )
            return start_response(status, headers, *more)

        return wsgi_app(environ, start)

    return serve


def _shown(text: str) -> str:
    """Return what a client, or a proxy that passes on its words, says, as a part of a line."""
    return text.encode("unicode_escape").decode().replace(" ", "\\x20")[:MOST_LETTERS]
