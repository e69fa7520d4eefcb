"""Whether whoever asks has the right that the route needs."""

from flask import request

from panoptes.common import clock
from panoptes.common.errors import Forbidden, Unauthorized
from panoptes.models.run_state import RunState
from panoptes.models.token import Right
from panoptes.web.guard.origin import is_browser
from panoptes.web.guard.rights import need
from panoptes.web.guard.visitors import Visitor, find_visitor
from panoptes.web.services import services

READ_ONLY = "This panoptes is read-only: nothing can be changed here."
_WORDS = {
    Right.REPORT: "report runs",
    Right.READ: "view workflows",
    Right.CHANGE: "make changes",
}


def check() -> None:
    """Refuse whoever lacks the right. Raises Unauthorized and Forbidden."""
    needed = need()
    if needed.right is None:
        return
    asker = find_visitor(is_engine=needed.right is Right.REPORT)
    if asker.may(needed.right):
        return
    if not asker.rights:
        raise Unauthorized(needed.how, is_browser=is_browser(), **needed.fields)
    raise Forbidden(_why_not(asker, needed.right), **needed.fields)


def _why_not(asker: Visitor, needed: Right) -> str:
    if needed is Right.CHANGE and services().settings.read_only:
        return READ_ONLY
    rights = " and ".join(_WORDS[right] for right in Right if right in asker.rights)
    return f"The token '{asker.name}' can {rights}, but not {_WORDS[needed]}."


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
