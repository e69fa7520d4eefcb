"""Who asks: by the token that comes with a request, or else by the one that began its session."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import g, request

from panoptes.common import clock
from panoptes.models.token import ALL_RIGHTS, NO_RIGHTS, KnownToken, Right
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


STRANGER = Visitor(None, NO_RIGHTS)


def visitor() -> Visitor:
    """Return who asks, as far as that was looked up: error pages must not fail themselves."""
    found: Visitor = g.get("visitor", STRANGER)
    return found


def may_change() -> bool:
    """Return whether who asks may change something: else no button should offer it."""
    return visitor().may(Right.CHANGE)


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
    withheld = {Right.CHANGE} if here.settings.read_only else set()
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
