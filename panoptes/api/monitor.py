"""The routes that a workflow engine calls, and what it is answered.

A Snakemake from 5.32 to 8 ends the user's pipeline when an update is answered with 401, 403, 404
or 500, and each event blocks it until the answer. So an update gets 200 for everything that is
understood or deliberately ignored, 400 for what is broken (413 where it is too large), and 503 when
it can't be taken now.
"""

import hashlib
import logging
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.exceptions import MethodNotAllowed

from panoptes import __version__, clock
from panoptes.api import blueprint
from panoptes.api.shapes import workflow_json
from panoptes.db import BUSY, writing
from panoptes.error_pages import answer
from panoptes.errors import BadRequest, Unavailable
from panoptes.ingest import begin, ingest
from panoptes.models.run_state import DIGEST_SIZE
from panoptes.moment import now_here
from panoptes.queries import runs
from panoptes.wire.body import read_update
from panoptes.wire.levels import read_event
from panoptes.wire.message import read_message
from panoptes.wire.problems import Broken
from panoptes.wire.registration import Registration, read_registration

NOISE = "This level says nothing about the run."
TROUBLE = "The server made a mistake with this event; its log has the details."

log = logging.getLogger(__name__)


@blueprint.get("/api/service-info")
def service_info() -> Response:
    """Tell that the server runs: Snakemake before 9 asks this first."""
    return jsonify({"status": "running", "name": "panoptes", "version": __version__})


@blueprint.route("/create_workflow", methods=["GET"])
def create_workflow() -> Response:
    """Register a run; its workflow, as in the API but without the wrapper."""
    if request.method == "HEAD":  # Flask adds it to every GET; this one changes something.
        raise MethodNotAllowed(["GET"])
    try:
        told = read_registration(request.args, request.content_type or "", request.get_data())
    except Broken as broken:
        raise BadRequest(str(broken)) from broken
    workflow_id = _register(told)
    view = runs.workflow(now_here(), workflow_id)
    return jsonify(workflow_json(view) if view else {"id": workflow_id})


def _register(told: Registration) -> int:
    """Register once more where somebody took the name in the same moment (PostgreSQL)."""
    try:
        return _register_once(told)
    except IntegrityError:
        return _register_once(told)


def _register_once(told: Registration) -> int:
    moment = now_here()
    with writing() as connection:
        return begin(connection, told, moment.now, moment.silent)


@blueprint.post("/update_workflow_status")
def update_workflow_status() -> Response:
    """Take an event. See the module's docstring for what it is answered."""
    body = request.get_data()  # Outside of what follows: a body too large gets its own answer.
    try:
        return jsonify({"msg": _take(request.content_type or "", body)})
    except Broken as broken:
        return answer(400, str(broken), errors={broken.field: [broken.reason]})
    except (SQLAlchemyError, Unavailable) as error:
        log.error("An event could not be stored: %s", error)
        return answer(503, BUSY)
    except Exception:
        # A mistake of ours must not end somebody's pipeline, as 500 would.
        log.exception("An event failed")
        return answer(503, TROUBLE)


def _take(content_type: str, body: bytes) -> str:
    update = read_update(content_type, body)
    event = read_event(read_message(update.msg))
    if event is None:
        return NOISE
    # What carries the client's time can't come twice by itself: the same text is a copy.
    digest = None if event.time is None else _digest(update.msg)
    with writing() as connection:
        return ingest(connection, update.workflow_id, event, digest, clock.utcnow())


def _digest(msg: Any) -> bytes:
    return hashlib.blake2b(repr(msg).encode("utf-8", "replace"), digest_size=DIGEST_SIZE).digest()
