"""Describes the API: as OpenAPI for programs, as a page for people."""

from flask import Response, jsonify, render_template, request

from panoptes import __version__
from panoptes.web.api.blueprint import blueprint
from panoptes.web.document import DOCUMENT
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import find_visitor


@blueprint.get("/api/openapi.json")
@needs(None)
def openapi() -> Response:
    """Return the description, with this server's version and address."""
    info = {**DOCUMENT["info"], "version": __version__}
    servers = [{"url": request.script_root or "/"}]
    return jsonify({**DOCUMENT, "info": info, "servers": servers})


@blueprint.get("/api/docs")
@needs(None)
def docs() -> str:
    """The same for people; whoever signed in sees it with the links to the other pages."""
    from panoptes.web.api.docs_page import docs_page  # Loaded by the first that asks.

    find_visitor()
    server = request.url_root.rstrip("/")
    return render_template("api_docs.html", document=DOCUMENT, page=docs_page(), server=server)
