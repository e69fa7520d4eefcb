"""Which right a route needs: said beside it, with `needs`.

A route that says nothing needs READ for a GET and CHANGE for all else; so does an address that
leads nowhere. Where a route needs CHANGE_OWN, `access` looks at the workflow of its address; one
without a workflow in its address looks itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from flask import current_app, request
from sqlalchemy import Engine

from panoptes.models.token import Right
from panoptes.queries.owners import Owners, all_owners

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HOW_TO_SIGN_IN = (
    "This panoptes requires a token, as 'Authorization: Bearer TOKEN' or as http://me:TOKEN@HOST."
)

View = TypeVar("View", bound=Callable[..., Any])
# Whose runs a route changes, of the workflow in its address.
AskOwners = Callable[[Engine, int], Owners]


class Need(NamedTuple):
    """What a route needs, and what a request without it is answered.

    `how` says how a token is sent; `fields` are more of the refusal's JSON. `owners` tells whose
    runs are changed: for CHANGE_OWN, they have to be those of who asks.
    """

    right: Right | None
    how: str = HOW_TO_SIGN_IN
    fields: Mapping[str, Any] = {}
    owners: AskOwners = all_owners


READ, CHANGE = Need(Right.READ), Need(Right.CHANGE)


def needs(
    right: Right | None,
    how: str = HOW_TO_SIGN_IN,
    owners: AskOwners = all_owners,
    **fields: Any,
) -> Callable[[View], View]:
    """Say what a view needs: see Need. No right where everybody may, or the view itself checks."""

    def mark(view: View) -> View:
        view.need = Need(right, how, fields, owners)  # type: ignore[attr-defined]
        return view

    return mark


def guards_itself(view: View) -> View:
    """Let every request for the address of a view pass unseen: engines report to `Intake`.

    It refuses with codes that end no pipeline.
    """
    view.guards_itself = True  # type: ignore[attr-defined]
    return view


def need() -> Need:
    """Return what this request needs."""
    view = current_app.view_functions.get(request.endpoint or "")
    default = READ if request.method in SAFE_METHODS else CHANGE
    found: Need = getattr(view, "need", default)
    return found
