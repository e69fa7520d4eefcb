"""The front door of Snakemake, which registers a run and then reports its events.

An engine without a token is refused where it registers, before anything runs.
"""

from flask import Response, jsonify, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import BadRequest
from panoptes.engines.interface import Sent
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.envelope import read_envelope
from panoptes.engines.snakemake.levels import read_update
from panoptes.engines.snakemake.registration import read_registration
from panoptes.engines.snakemake.translator import SNAKEMAKE
from panoptes.ingest.apply import COPY, NOT_ALLOWED, Message
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.render.workflow_json import workflow_json
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import guards_itself, needs
from panoptes.web.guard.visitors import visitor
from panoptes.web.intake.answering import Intake, has_left, respond
from panoptes.web.request_time import request_time
from panoptes.web.services import services

UPDATES = "/update_workflow_status"
HOW_TO_REPORT = (
    "This panoptes requires a token: set WMS_MONITOR_TOKEN (Snakemake 5.32 to 8), or put it in the"
    " address: http://me:TOKEN@HOST. Whoever runs this panoptes can make one: panoptes token add"
    " NAME"
)
NOISE = "This level says nothing about the run."


@blueprint.route("/create_workflow", methods=["GET"])
# Snakemake 8 reads the id before the status; without one it ends with a KeyError.
@needs(Right.REPORT, how=HOW_TO_REPORT, id=None)
def create_workflow() -> Response:
    """Register a run; its workflow, as in the API but without the wrapper.

    Its `id` is the one to report under.
    """
    if request.method == "HEAD":  # Flask adds it to every GET; this one changes something.
        raise MethodNotAllowed(["GET"])
    try:
        registration = read_registration(
            request.args, request.content_type or "", request.get_data()
        )
    except Broken as broken:
        raise BadRequest(str(broken)) from broken
    if has_left(request.environ):
        raise BadRequest("The client has left: nothing was registered.")
    moment = request_time()
    registered = services().intake.register(registration, visitor().name, moment)
    run = runs.workflow(moment, registered.workflow_id, registered.number)
    return jsonify({**(workflow_json(run) if run else {}), "id": registered.report_id})


@blueprint.post(UPDATES, provide_automatic_options=False)
@guards_itself
def update_workflow_status() -> Response:
    """Take an event of a run."""
    return respond(services().intake.answer(request, take_update))


def take_update(intake: Intake, request: Request) -> str:
    """Take an event; return what happened, as a sentence.

    Raises Broken, Ignored and errors.Unavailable.
    """
    reporter = intake.reporter(request)
    sent = Sent(request.content_type or "", request.get_data())
    envelope = read_envelope(*sent)
    content = read_update(envelope.msg)
    if content is None:
        return NOISE
    key = (envelope.workflow_id, content.digest)
    if key in intake.taken:
        return COPY
    happened = intake.apply(
        Message(
            SNAKEMAKE,
            content,
            sent,
            reporter,
            clock.utcnow(),
            workflow_id=envelope.workflow_id,
        )
    )
    if happened != NOT_ALLOWED and content.digest is not None:  # Who may report may yet do so.
        intake.remember(key)
    return happened
