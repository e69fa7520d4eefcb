"""What this server is, as GA4GH's service-info tells it to programs."""

from flask import Response, jsonify, url_for

from panoptes import __version__
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import needs

GROUP = "io.github.panoptes-organization"
SERVICE = {
    "status": "running",
    "id": f"{GROUP}.panoptes",
    "name": "panoptes",
    "type": {"group": GROUP, "artifact": "panoptes", "version": __version__},
    "description": "Watches computational workflows: which run, which failed and why.",
    "organization": {
        "name": "panoptes-organization",
        "url": "https://github.com/panoptes-organization",
    },
}


@blueprint.get("/api/service-info")
@needs(None)
def service_info() -> Response:
    """Tell that the server runs: Snakemake before 9 asks for the status first.

    The rest is GA4GH's service-info, which registries of services read.
    """
    return jsonify(
        {**SERVICE, "version": __version__, "documentationUrl": url_for(".docs", _external=True)}
    )
