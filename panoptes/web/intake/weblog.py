"""The front door of Nextflow's `-with-weblog`, whose runs are known by their session and name.

No answer harms its pipeline, and none is repeated: what isn't taken is lost.
"""

import hashlib

from flask import Response, request
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import Unauthorized
from panoptes.engines.interface import Sent
from panoptes.engines.nextflow.message import read
from panoptes.engines.nextflow.translator import NEXTFLOW, registration
from panoptes.engines.problems import Broken, TooMuch
from panoptes.ingest.apply import NOT_ALLOWED, Message
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import guards_itself
from panoptes.web.intake.adopting import apply_or_adopt
from panoptes.web.intake.answering import Ignored, Intake, respond
from panoptes.web.services import services

EVENTS = "/api/weblog"
TOO_MUCH = "It holds more than any pipeline; this is ignored."
HOW_TO_REPORT = (
    "This panoptes requires a token: set weblog.basicToken = 'me:TOKEN' in nextflow.config. Whoever"
    " runs this panoptes can make one: panoptes token add NAME"
)


@blueprint.post(EVENTS, provide_automatic_options=False)
@guards_itself
def weblog() -> Response:
    """Take an event of a run of Nextflow."""
    return respond(services().intake.answer(request, take_event))


def take_event(intake: Intake, request: Request) -> str:
    """Take an event; return what happened, as a sentence.

    Raises Broken, errors.Unavailable, and errors.Unauthorized for want of a token.
    """
    try:
        sender = intake.reporter(request)
    except Ignored as ignored:
        raise Unauthorized(HOW_TO_REPORT) from ignored
    sent = Sent(request.content_type or "", request.get_data())
    try:
        content = read(sent)
    except TooMuch:
        return TOO_MUCH
    if content.session is None and content.run_name is None:
        raise Broken("runId", "Missing data for required field.")
    name = f"{content.session}\n{content.run_name}"
    uid = f"weblog:{hashlib.blake2b(name.encode(), digest_size=16).hexdigest()}"
    named = {"run_name": content.run_name, "session": content.session}
    message = Message(NEXTFLOW, content, sent, sender, clock.utcnow(), uid=uid)
    happened = apply_or_adopt(intake, message, registration(uid, content, named))
    if happened == NOT_ALLOWED:
        raise Unauthorized(HOW_TO_REPORT)
    return happened
