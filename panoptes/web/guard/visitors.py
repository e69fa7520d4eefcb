"""Who asks: by the token that comes with a request, or else by the one that began its session."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request

from panoptes.common import clock
from panoptes.database.connections import sql_engine
from panoptes.models.token import ALL_RIGHTS, NO_RIGHTS, KnownToken, Right
from panoptes.queries.owners import Owners, all_owners
from panoptes.queries.results import RunView
from panoptes.web.guard.embedding import is_embedded
from panoptes.web.guard.origin import is_foreign
from panoptes.web.guard.sessions import session_token, token_of
from panoptes.web.guard.token_cache import sent_secret
from panoptes.web.services import services


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. Where nobody needs a token, everybody has all rights and no name."""

    name: str | None
    rights: frozenset[Right]
    has_session: bool = False

    def may(self, right: Right) -> bool:
        """Return whether the visitor has a right."""
        return right in self.rights

    def may_change(self, owners: Owners) -> bool:
        """Return whether the visitor may change runs that these have registered.

        What is nobody's because it isn't there, nobody is kept from.
        """
        if self.may(Right.CHANGE):
            return True
        return self.may(Right.CHANGE_OWN) and owners <= {self.name}

    @property
    def only_owner(self) -> str | None:
        """The name whose runs alone the visitor may change; None for who may change all."""
        return None if self.may(Right.CHANGE) else self.name

    @property
    def owns(self) -> str | None:
        """The name under which the visitor's runs are registered; None for who has none."""
        return self.name if self.may(Right.REPORT) else None


STRANGER = Visitor(None, NO_RIGHTS)


def visitor() -> Visitor:
    """Return who asks, as far as that was looked up: error pages must not fail themselves."""
    found: Visitor = g.get("visitor", STRANGER)
    return found


# --- what pages offer: no button should, that who asks may not use --------------------------------


def may_change_all() -> bool:
    """Return whether who asks may change everything."""
    return visitor().may(Right.CHANGE)


def may_change_some() -> bool:
    """Return whether who asks may change something, if only what is their own."""
    return visitor().may(Right.CHANGE_OWN)


def may_change(run: RunView) -> bool:
    """Return whether who asks may change a run."""
    return visitor().may_change(frozenset({run.owner}))


def may_change_workflow(run: RunView) -> bool:
    """Return whether who asks may rename or delete a run's workflow, with all its runs."""
    if may_change_all() or not may_change(run):
        return may_change_all()
    return run.newest == 1 or visitor().may_change(all_owners(sql_engine(), run.workflow_id))


# --- who it is ------------------------------------------------------------------------------------


def find_visitor(*, is_engine: bool = False) -> Visitor:
    """Look up who asks. Raises TooMany.

    No engine has a session: only a browser would be sent to its routes with one, by another site.
    And no engine is kept from starting by the guesses of others behind its address.
    """
    found: Visitor | None = g.get("visitor")
    if found is None:
        found = g.visitor = _find(is_engine)
    return found


def _find(is_engine: bool) -> Visitor:
    here = services()
    is_for_looking = here.settings.read_only or is_embedded()
    withheld = {Right.CHANGE, Right.CHANGE_OWN} if is_for_looking else set()
    if not here.tokens.is_used():
        return Visitor(None, ALL_RIGHTS - withheld)
    for token, is_of_session in _tokens(is_engine):
        if token is not None and token.is_valid(clock.utcnow()):
            return Visitor(token.name, token.rights - withheld, is_of_session)
    return STRANGER


def _tokens(is_engine: bool) -> Iterator[tuple[KnownToken | None, bool]]:
    """Yield the tokens that a request comes with, and whether each is its session's."""
    secret = sent_secret(request)
    if secret:
        yield services().tokens.of_secret(secret) if is_engine else token_of(secret), False
    # Nor does a page of another site ask as whoever signed in here; see `cors`.
    if not (is_engine or is_foreign(request)):
        yield session_token(), True
