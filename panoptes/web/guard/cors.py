"""Which other web sites' pages may ask the API in a browser (CORS).

A browser keeps from a page what another origin answers, unless the answer names the page's origin.
Named are those of `--cors-origin` alone, and only for the API and WES: nothing is named by itself.

They ask as whoever's token they send, never as whoever signed in here: an answer doesn't allow
credentials, and a session that comes along doesn't count (`visitors`). So such a page can do
nothing that its reader didn't give it a token for. While there are no tokens, it may read only:
everybody may change things then, and that everybody is to sit before this server's own pages.
"""

from flask import Response, request

from panoptes.web.ga4gh import WES
from panoptes.web.guard.origin import is_foreign
from panoptes.web.guard.token_cache import sent_secret
from panoptes.web.services import services

PERMISSIONS = {
    "Access-Control-Allow-Methods": "GET, PUT, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match",
    # A browser asks again after so many seconds; it makes no more of it than two hours anyway.
    "Access-Control-Max-Age": "600",
}
READ_HEADERS = "ETag, Retry-After, WWW-Authenticate"


def preflight() -> Response | None:
    """Return the answer to a browser that asks what a named origin's page may ask.

    None for every other request. The question carries no token, so it comes before all that wants
    one.
    """
    is_question = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return Response(status=204, headers=PERMISSIONS) if is_question and _is_named() else None


def brings_a_token() -> bool:
    """Return whether a named origin's page asks with a token, of which `access` decides then."""
    return _is_named() and services().tokens.is_used() and bool(sent_secret(request))


def add_headers(response: Response) -> Response:
    """Let a named origin's page read the answer, and tell caches that it isn't everybody's."""
    if not (services().settings.cors_origin and _is_api()):
        return response
    response.vary.add("Origin")
    if _is_named():
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = READ_HEADERS
    return response


def _is_named() -> bool:
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is None or origin not in services().settings.cors_origin:
        return False
    return _is_api() and is_foreign(request)


def _is_api() -> bool:
    return request.path.startswith(("/api/", f"{WES}/"))
