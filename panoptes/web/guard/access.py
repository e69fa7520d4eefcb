"""What a request needs, and whether whoever asks has it."""

from flask import request

from panoptes.common import clock
from panoptes.common.errors import Forbidden, Unauthorized
from panoptes.models.run_state import RunState
from panoptes.models.token import Reporter, Right
from panoptes.web.guard.origin import REGISTERING, SAFE_METHODS, is_browser
from panoptes.web.guard.visitors import Visitor, find_visitor, is_read_only
from panoptes.web.services import services

# An engine asks for it when it starts, and ends where it is refused; see `may_rename`.
RENAMING = "api.rename_workflow"
# Everybody may ask whether the server is there and what can be asked of it, and sign in, and see
# those pages with their looks.
# Renaming looks for itself, for it depends on the run; so do the events, which don't come here.
UNGUARDED = frozenset(
    {
        "api.docs",
        "api.openapi",
        "api.service_info",
        "pages.login",
        "pages.login_form",
        "pages.logout",
        "static",
        RENAMING,
    }
)
HOW_TO_REPORT = (
    "This panoptes wants a token: set WMS_MONITOR_TOKEN (Snakemake 5.32 to 8), or write it into"
    " its address, http://me:TOKEN@HOST. Who runs this panoptes makes one: panoptes token add NAME"
)
HOW_TO_ASK = (
    "This panoptes wants a token, as 'Authorization: Bearer TOKEN' or as http://me:TOKEN@HOST."
)
_WORDS = {
    Right.REPORT: "report runs",
    Right.READ: "look",
    Right.CHANGE: "change things",
}
READ_ONLY = "This panoptes is read-only: nothing is changed here."


def needed_right() -> Right | None:
    """Return what this request needs, None where that is nothing or the route looks itself."""
    endpoint = request.endpoint or ""
    if endpoint in UNGUARDED:
        return None
    if endpoint == REGISTERING:
        return Right.REPORT
    # A page that asks before something is changed is for those who may change it.
    is_question = endpoint.endswith("_form")
    return Right.READ if request.method in SAFE_METHODS and not is_question else Right.CHANGE


def check() -> None:
    """Refuse whoever lacks the right. Raises Unauthorized and Forbidden."""
    needed = needed_right()
    if needed is None:
        return
    asker = find_visitor(is_engine=needed is Right.REPORT)
    if asker.may(needed):
        return
    # Snakemake 8 reads the id before the status; without one it ends with a KeyError.
    more = {"id": None} if needed is Right.REPORT else {}
    if not asker.rights:
        how = HOW_TO_REPORT if needed is Right.REPORT else HOW_TO_ASK
        raise Unauthorized(how, is_browser=is_browser(), **more)
    raise Forbidden(_why_not(asker, needed), **more)


def _why_not(asker: Visitor, needed: Right) -> str:
    if needed is Right.CHANGE and is_read_only():
        return READ_ONLY
    may = " and ".join(_WORDS[right] for right in Right if right in asker.rights)
    return f"The token '{asker.name}' may {may}, but not {_WORDS[needed]}."


def may_rename(run: RunState | None) -> bool:
    """Return whether this request may rename the workflow whose current run this is.

    The engine that registered the run may, and who may change things.
    """
    sender = services().tokens.reporter(request)
    if sender is None:  # Nobody needs a token. Where all is read-only, names are told again only.
        return True
    return _is_owner(sender, run) or find_visitor().may(Right.CHANGE)


def _is_owner(sender: Reporter, run: RunState | None) -> bool:
    if run is None or run.owner is None or sender.token is None:
        return False
    is_his = sender.token.name == run.owner
    return is_his and sender.may_report(run.owner, run.started_at, clock.utcnow())
