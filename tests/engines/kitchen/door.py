"""The front door of the kitchen: each call names its evening, and the first opens it."""

from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.moment import Moment
from panoptes.engines.events import RunDescribed
from panoptes.engines.interface import Registration, Sent
from panoptes.ingest.apply import UNKNOWN_WORKFLOW, Message
from panoptes.web.intake.answering import Intake
from tests.engines.kitchen import KITCHEN


def take(intake: Intake, request: Request) -> str:
    """Take a call; open the evening where nobody has heard of it."""
    call = request.get_json()
    now = clock.utcnow()
    sent = Sent(request.content_type or "", request.get_data())
    reporter = intake.reporter(request)
    message = Message(KITCHEN, call["call"], sent, reporter, now, uid=call["evening"])
    happened = intake.apply(message)
    if happened == UNKNOWN_WORKFLOW:
        described = RunDescribed({"command": "cook"})
        evening = Registration(KITCHEN, "supper", described, uid=call["evening"])
        intake.register(evening, None, Moment(now, None))
        happened = intake.apply(message)
    return happened
