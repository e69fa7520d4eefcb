"""Pages in a frame of another application: `?embed` in the address asks for one.

Such a page has no chrome and no form that changes something: whoever frames it can't make its
reader press a button unawares. Only the origins of `--embed-origin` may frame it, and nobody may
frame any other page.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from panoptes.models.token import Right
from panoptes.web.guard.headers import HEADERS, add, framed_by
from panoptes.web.guard.rights import need
from panoptes.web.services import services

PARAMETER = "embed"


def init_app(app: Flask) -> None:
    """Let the links of such a page lead to such pages."""
    app.add_template_global(is_embedded)
    app.url_defaults(_stay_embedded)


def is_embedded() -> bool:
    """Return whether this request asks for a page in a frame: one that only shows something."""
    if PARAMETER not in request.args or request.blueprint != "pages":
        return False
    return request.method in ("GET", "HEAD") and need().right is Right.READ


def headers() -> Mapping[str, str]:
    """Return what the answer to this request tells the browser to forbid."""
    origins = services().settings.embed_origin
    return framed_by(origins) if origins and is_embedded() else HEADERS


def add_headers(response: Response) -> Response:
    """Add these headers to an answer."""
    return add(response, headers())


def _stay_embedded(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint.startswith("pages.") and is_embedded():
        values.setdefault(PARAMETER, "1")
