"""The routes that a workflow engine calls before its run begins; its events go to `intake`.

Here, before anything runs, an engine without a token is refused.
"""

from flask import Response, jsonify, request, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import MethodNotAllowed

from panoptes import __version__
from panoptes.common.errors import BadRequest
from panoptes.database.connections import writing
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.registration import Registration, read_registration
from panoptes.ingest.apply import begin
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.render.workflow_json import workflow_json
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import visitor
from panoptes.web.request_time import request_time

GROUP = "io.github.panoptes-organization"
HOW_TO_REPORT = (
    "This panoptes requires a token: set WMS_MONITOR_TOKEN (Snakemake 5.32 to 8), or put it in the"
    " address: http://me:TOKEN@HOST. Whoever runs this panoptes can make one: panoptes token add"
    " NAME"
)
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


@blueprint.route("/create_workflow", methods=["GET"])
# Snakemake 8 reads the id before the status; without one it ends with a KeyError.
@needs(Right.REPORT, how=HOW_TO_REPORT, id=None)
def create_workflow() -> Response:
    """Register a run; its workflow, as in the API but without the wrapper."""
    if request.method == "HEAD":  # Flask adds it to every GET; this one changes something.
        raise MethodNotAllowed(["GET"])
    try:
        told = read_registration(request.args, request.content_type or "", request.get_data())
    except Broken as broken:
        raise BadRequest(str(broken)) from broken
    workflow_id = _register(told)
    view = runs.workflow(request_time(), workflow_id)
    return jsonify(workflow_json(view) if view else {"id": workflow_id})


def _register(told: Registration) -> int:
    """Register once more where somebody took the name in the same moment (PostgreSQL)."""
    try:
        return _register_once(told)
    except IntegrityError:
        return _register_once(told)


def _register_once(told: Registration) -> int:
    moment = request_time()
    with writing() as connection:
        return begin(connection, told, visitor().name, moment.now, moment.silent)
