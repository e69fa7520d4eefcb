"""Who may change something, and what every answer tells the browser to forbid."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.wrappers import Request

from panoptes.errors import BadRequest, CrossSite

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = "Another web site asked for this change, so nothing was changed."
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def init_app(app: Flask) -> None:
    """Guard every request and mark every answer."""
    app.before_request(refuse_cross_site)
    app.after_request(add_headers)


def refuse_cross_site() -> None:
    """Refuse a change that another site's page makes a browser ask for.

    Browsers say where a request comes from; workflow engines and curl say nothing and may pass.
    Registering is a GET that changes something. Raises CrossSite.
    """
    changes = request.method not in SAFE_METHODS or request.path.endswith("/create_workflow")
    if not changes or _same_site(request):
        return
    raise CrossSite(REFUSED)


def refuse_update(request: Request) -> None:
    """Refuse an event that another site's page makes a browser send.

    Raises BadRequest: 403 would end a pipeline, should ever an engine send an Origin.
    """
    if not _same_site(request):
        raise BadRequest(REFUSED)


def _same_site(request: Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def add_headers(response: Response) -> Response:
    """Add the security headers."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
