"""Takes messages of engines that name their runs themselves, also of runs that nobody registered.

A registration may be lost, with the database or on its way; the messages say enough.
"""

from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from panoptes.common.moment import Moment
from panoptes.engines.interface import Registration
from panoptes.ingest.apply import NOT_ALLOWED, UNKNOWN_WORKFLOW, Message
from panoptes.web.intake.answering import Intake


def apply_or_adopt(intake: Intake, message: Message, registration: Registration) -> str:
    """Apply a message of a run, which is registered before where nobody has heard of it.

    Returns what happened: a run that was deleted stays so. Raises errors.Unavailable.
    """
    happened = intake.apply(message)
    if happened != UNKNOWN_WORKFLOW:
        return happened
    sender = message.reporter
    if sender is not None and not sender.may_register(message.arrived):
        return NOT_ALLOWED
    owner = None if sender is None or sender.token is None else sender.token.name
    # It was deleted, or another message of it came in the same moment.
    with suppress(IntegrityError):
        intake.register(registration, owner, Moment(message.arrived, None))
    return intake.apply(message)
