"""What this server is, as GA4GH's service-info tells it to programs."""

from flask import Response, jsonify, url_for

from panoptes import __version__
from panoptes.web.api.blueprint import blueprint
from panoptes.web.ga4gh import GROUP, SERVICE
from panoptes.web.guard.rights import needs

TYPE = {"group": GROUP, "artifact": "panoptes", "version": __version__}


@blueprint.get("/api/service-info")
@needs(None)
def service_info() -> Response:
    """Tell that the server runs: Snakemake before 9 asks for the status first.

    The rest is GA4GH's service-info, which registries of services read.
    """
    documents = url_for(".docs", _external=True)
    return jsonify({"status": "running", **SERVICE, "type": TYPE, "documentationUrl": documents})
