"""Where a change comes from: another site's page must not make a browser ask for one here.

Browsers say where a request comes from, in headers that no page can set. Workflow engines and
curl send none of them, and may pass.
"""

from flask import request
from werkzeug.wrappers import Request

from panoptes.common.errors import BadRequest, Forbidden
from panoptes.models.token import Right
from panoptes.web.guard.rights import SAFE_METHODS, Need

REFUSED = "Another web site asked for this change, so nothing was changed."


def check(needed: Need) -> None:
    """Refuse a change that another site's page makes a browser ask for. Raises Forbidden."""
    is_change = needed.right is Right.REPORT or request.method not in SAFE_METHODS
    if is_change and not _is_same_site(request):
        raise Forbidden(REFUSED)
    # A picture in a page makes a browser send a plain GET, which changes something here. Without
    # TLS browsers don't say where such a request comes from.
    says_whence = "Sec-Fetch-Site" in request.headers
    if needed.right is Right.REPORT and is_browser() and not says_whence:
        raise Forbidden(REFUSED)


def check_update(request: Request) -> None:
    """Refuse an event that another site's page makes a browser send.

    Raises BadRequest: 403 would end a pipeline, should ever an engine send an Origin.
    """
    if not _is_same_site(request):
        raise BadRequest(REFUSED)


def is_foreign(request: Request) -> bool:
    """Return whether a script of another site asks, or a form there; a link says no origin."""
    return "Origin" in request.headers and not _is_same_site(request)


def _is_same_site(request: Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.host


def is_browser() -> bool:
    """Return whether a browser asks: all of them call themselves Mozilla, no engine does."""
    return request.headers.get("User-Agent", "").startswith("Mozilla/")
