"""Who signed in with a token stays so for a while, by a signed cookie.

The cookie says which token it was; what that may do is looked up with each request.
"""

import hashlib
from datetime import timedelta

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from panoptes.common import clock
from panoptes.common.errors import Forbidden, Unauthorized
from panoptes.models.token import KnownToken, Right
from panoptes.web.guard.cookies import delete_cookie, set_cookie
from panoptes.web.guard.throttle import token_of
from panoptes.web.services import services

LIFETIME = int(timedelta(days=14).total_seconds())


def admitted(secret: str) -> KnownToken:
    """Return the token of a secret that somebody signs in with.

    Raises Unauthorized where it isn't valid, Forbidden where it may not look at the pages, and
    TooMany where wrong ones came before.
    """
    token = token_of(secret.strip())
    if token is None or not token.is_valid(clock.utcnow()):
        raise Unauthorized("This token isn't known here, or it is revoked or expired.")
    if Right.READ not in token.rights:
        raise Forbidden("This token may only report runs: the pages want one that may view.")
    return token


def start(response: Response, token: KnownToken) -> None:
    """Let a browser in as the owner of a token."""
    set_cookie(
        response, services().keys.session_cookie, _serializer().dumps(token.key.hex()), LIFETIME
    )


def end(response: Response) -> None:
    """Let a browser forget who it was."""
    delete_cookie(response, services().keys.session_cookie)


def session_token() -> KnownToken | None:
    """Return the token that the asking browser signed in with, valid or not."""
    cookie = request.cookies.get(services().keys.session_cookie)
    if cookie is None:
        return None
    try:
        key = _serializer().loads(cookie, max_age=LIFETIME)
    except BadData:
        return None
    return services().tokens.of_key(bytes.fromhex(key))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        services().keys.secret,
        salt="panoptes.sessions",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
