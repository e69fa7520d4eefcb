"""Whether whoever asks has the right that the route needs."""

from flask import request
from sqlalchemy import Engine

from panoptes.common import clock
from panoptes.common.errors import Forbidden, Unauthorized
from panoptes.database.connections import sql_engine
from panoptes.models.run_state import RunState
from panoptes.models.token import Right
from panoptes.queries.owners import Owners, all_owners, current_owner, owner_of_run
from panoptes.web.guard.origin import is_browser
from panoptes.web.guard.rights import AskOwners, Need
from panoptes.web.guard.visitors import find_visitor
from panoptes.web.services import services

READ_ONLY = "This panoptes is read-only: nothing can be changed here."
_MAY = {
    Right.REPORT: "report runs",
    Right.READ: "view workflows",
    Right.CHANGE_OWN: "change its own runs",
}
# Every number of a run has fewer.
MOST_DIGITS = 10
_CHANGES = (Right.CHANGE_OWN, Right.CHANGE)


def check(needed: Need) -> None:
    """Refuse whoever lacks the right. Raises Unauthorized and Forbidden."""
    _check_right(needed)
    workflow_id = (request.view_args or {}).get("workflow_id")
    if needed.right is Right.CHANGE_OWN and workflow_id is not None:
        check_owners(workflow_id, needed.owners)


def check_owners(workflow_id: int, owners: AskOwners = all_owners) -> None:
    """Refuse who may change only their own runs, where a workflow has others. Raises Forbidden."""
    visitor = find_visitor()
    if visitor.may(Right.CHANGE) or visitor.may_change(owners(sql_engine(), workflow_id)):
        return
    raise Forbidden(
        f"The token '{visitor.name}' can change its own runs, but workflow {workflow_id} has runs"
        " of others."
    )


def owner_of_named_run(engine: Engine, workflow_id: int) -> Owners:
    """Return who registered the run that the address names, or else the current one."""
    named = str((request.view_args or {}).get("run") or request.args.get("run", ""))
    if not named:
        return current_owner(engine, workflow_id)
    is_number = named.isascii() and named.isdigit() and len(named) < MOST_DIGITS
    # What is no number, the view refuses.
    return owner_of_run(engine, workflow_id, int(named)) if is_number else frozenset()


def _check_right(needed: Need) -> None:
    right = needed.right
    if right is None:
        return
    visitor = find_visitor(is_engine=right is Right.REPORT)
    if visitor.may(right):
        return
    if not visitor.rights:
        raise Unauthorized(needed.how, is_browser=is_browser(), **needed.fields)
    if right in _CHANGES and services().settings.read_only:
        raise Forbidden(READ_ONLY, **needed.fields)
    granted = [_MAY[known] for known in Right if known in visitor.rights]
    shown = " and ".join(filter(None, (", ".join(granted[:-1]), granted[-1])))
    changes = "those of others" if visitor.may(Right.CHANGE_OWN) else "make changes"
    refused = changes if right in _CHANGES else _MAY[right]
    raise Forbidden(f"The token '{visitor.name}' can {shown}, but not {refused}.", **needed.fields)


def may_rename_any() -> bool:
    """Return whether there may be a workflow that this request may rename.

    Of anybody else's request nothing needs to be read.
    """
    sender = services().tokens.reporter(request)
    return sender is None or sender.token is not None or find_visitor().may(Right.CHANGE)


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


def may_rename_history(workflow_id: int) -> bool:
    """Return whether this request may rename all runs of a workflow whose current one is its own.

    Whoever may report can register a run under the name of somebody else's.
    """
    sender = services().tokens.reporter(request)
    if sender is None or find_visitor().may(Right.CHANGE):
        return True
    return sender.token is not None and all_owners(sql_engine(), workflow_id) <= {sender.token.name}
