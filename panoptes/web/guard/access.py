"""Whether whoever asks has the right that the route needs."""

from flask import request

from panoptes.common import clock
from panoptes.common.errors import Forbidden, Unauthorized
from panoptes.models.run_state import RunState
from panoptes.models.token import Right
from panoptes.web.guard.origin import is_browser
from panoptes.web.guard.rights import Need
from panoptes.web.guard.visitors import find_visitor
from panoptes.web.services import services

READ_ONLY = "This panoptes is read-only: nothing can be changed here."
_WORDS = {
    Right.REPORT: "report runs",
    Right.READ: "view workflows",
    Right.CHANGE: "make changes",
}


def check(needed: Need) -> None:
    """Refuse whoever lacks the right. Raises Unauthorized and Forbidden."""
    right = needed.right
    if right is None:
        return
    visitor = find_visitor(is_engine=right is Right.REPORT)
    if visitor.may(right):
        return
    if not visitor.rights:
        raise Unauthorized(needed.how, is_browser=is_browser(), **needed.fields)
    if right is Right.CHANGE and services().settings.read_only:
        raise Forbidden(READ_ONLY, **needed.fields)
    granted = " and ".join(_WORDS[known] for known in Right if known in visitor.rights)
    sentence = f"The token '{visitor.name}' can {granted}, but not {_WORDS[right]}."
    raise Forbidden(sentence, **needed.fields)


def may_rename(run: RunState | None) -> bool:
    """Return whether this request may rename the workflow whose current run this is.

    The engine that registered the run may, and who may change things.
    """
    sender = services().tokens.reporter(request)
    if sender is None:  # Nobody needs a token. Where all is read-only, names are told again only.
        return True
    is_owner = (
        run is not None
        and run.owner is not None
        and sender.token is not None
        and sender.token.name == run.owner
        and sender.may_report(run.owner, run.started_at, clock.utcnow())
    )
    return is_owner or find_visitor().may(Right.CHANGE)
