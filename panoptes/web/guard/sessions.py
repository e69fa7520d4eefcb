"""Whoever signed in with a token stays signed in for a while, by Flask's signed cookie.

The session names the token; what that may do is looked up with each request.
"""

import hashlib
from datetime import timedelta

from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from panoptes.common import clock
from panoptes.common.errors import Forbidden, TooMany, Unauthorized
from panoptes.models.token import KnownToken, Right, digest
from panoptes.web.guard.forms import csrf_token
from panoptes.web.services import services

LIFETIME = timedelta(days=14)


def token_of(secret: str) -> KnownToken | None:
    """Return the token with this secret, valid or not; count a secret that is no token's.

    Raises TooMany, whatever the secret, where too many wrong ones came from the asking address.
    """
    throttle, address = services().throttle, request.remote_addr
    seconds = throttle.wait(address)
    if seconds:
        raise TooMany("Too many wrong tokens; try again in a moment.", seconds)
    token = services().tokens.of_secret(secret)
    if token is None:
        throttle.count(address, digest(secret))
    return token


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's sessions, below our path; they cost little where none is sent or changed."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask) -> None:
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002
        """Return what signs, made once."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie."""
        has_cookie = "HTTP_COOKIE" in request.environ
        return super().open_session(app, request) if has_cookie else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie where the session was changed."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002
        """Return the path below which a proxy serves panoptes."""
        return f"{request.script_root}/"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Return whether the browser speaks TLS, to us or to what stands before us.

        It tells the address of its page with each form that it sends, whoever passes it on.
        """
        return request.is_secure or request.headers.get("Origin", "").startswith("https://")


def init_app(app: Flask, key: bytes) -> None:
    """Let the app sign sessions with a key."""
    app.secret_key = key
    app.session_interface = BrowserSessions(app)
    app.config.update(
        SESSION_COOKIE_NAME=cookie_name(key),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,  # Open pages ask every two seconds.
        PERMANENT_SESSION_LIFETIME=LIFETIME,
    )


def cookie_name(key: bytes) -> str:
    """Return a name of the key's own: cookies know no port, so a machine's servers get them all."""
    return f"panoptes_session_{hashlib.sha256(b'cookies' + key).hexdigest()[:8]}"


def sign_in(secret: str) -> None:
    """Let a browser in as the owner of a token.

    Raises Unauthorized where it isn't valid, Forbidden where it may not view pages, and TooMany
    where too many wrong ones came before.
    """
    token = token_of(secret.strip())
    if token is None or not token.is_valid(clock.utcnow()):
        raise Unauthorized("This token is unknown, revoked or expired.")
    if Right.READ not in token.rights:
        raise Forbidden("This token can only report runs. Sign in with one that has the role view.")
    session.clear()  # Also the mark of its forms: somebody else may have laid it into the browser.
    session.permanent = True
    session["token"] = token.key.hex()
    csrf_token()  # Now, for every change of a session begins its two weeks anew.


def session_token() -> KnownToken | None:
    """Return the token that the asking browser signed in with, valid or not."""
    key = session.get("token")
    return services().tokens.of_key(bytes.fromhex(key)) if key else None
