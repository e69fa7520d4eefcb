"""Who asks: by the token that comes with a request, or by the session that one began."""

from dataclasses import dataclass

from flask import g, request

from panoptes.common import clock
from panoptes.models.token import ALL_RIGHTS, NO_RIGHTS, KnownToken, Right
from panoptes.web.guard.origin import is_foreign
from panoptes.web.guard.sessions import session_token
from panoptes.web.guard.throttle import token_of
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
    """Return who asks, as far as that was looked up: pages about trouble ask nothing more."""
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
    if "visitor" not in g:
        g.visitor = _find(is_engine)
    return visitor()


def is_read_only() -> bool:
    """Return whether nobody may change anything here."""
    return services().settings.read_only


def _find(is_engine: bool) -> Visitor:
    tokens = services().tokens
    if not tokens.is_used():
        return Visitor(None, _granted(ALL_RIGHTS))
    sent = _valid(tokens.sent_with(request) if is_engine else _sent_token())
    if sent is not None:
        return Visitor(sent.name, _granted(sent.rights))
    # Nor does a page of another site ask as whoever signed in here; see `cors`.
    signed_in = None if is_engine or is_foreign(request) else _valid(session_token())
    if signed_in is not None:
        return Visitor(signed_in.name, _granted(signed_in.rights), has_session=True)
    return STRANGER


def _sent_token() -> KnownToken | None:
    secret = sent_secret(request)
    return token_of(secret) if secret else None


def _valid(token: KnownToken | None) -> KnownToken | None:
    return token if token is not None and token.is_valid(clock.utcnow()) else None


def _granted(rights: frozenset[Right]) -> frozenset[Right]:
    return rights - {Right.CHANGE} if is_read_only() else rights
