"""Posts JSON to web addresses, signed as Standard Webhooks say (www.standardwebhooks.com)."""

import base64
import hmac
import json
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.error import HTTPError
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

from panoptes import __version__
from panoptes.common import clock
from panoptes.config.recipients import signing_key
from panoptes.notify import Payload

# Seconds that a receiver may be silent; for all of its answer it has the notifier's DEADLINE.
PATIENCE = 10.0


# Answers such as 100 Continue that may come before the real one.
INTERIM = 10


class EndlessAnswer(HTTPException):
    """A receiver sends one interim answer after another."""


class _Response(HTTPResponse):
    """An answer whose real status comes soon: Python waits for it for ever, at full speed."""

    statuses = 0

    def _read_status(self) -> tuple[str, int, str]:
        self.statuses += 1
        if self.statuses > INTERIM:
            raise EndlessAnswer
        status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        return status


class _Connection(HTTPConnection):
    response_class = _Response


class _TLSConnection(HTTPSConnection):
    response_class = _Response


class _Handler(HTTPHandler):
    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Connection, req)


class _TLSHandler(HTTPSHandler):
    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_TLSConnection, req)


class _NoRedirect(HTTPRedirectHandler):
    """What was signed for one address isn't sent to another one."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = build_opener(_NoRedirect, _Handler, _TLSHandler)


def send(url: str, payload: Payload, secret: str) -> str | None:
    """Send a payload; return None, or a reason without secrets why that failed."""
    body = json.dumps(payload).encode()
    timestamp = int(clock.utcnow().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"panoptes/{__version__}",
        "webhook-id": payload["id"],
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, payload["id"], timestamp, body),
    }
    request = Request(url, body, headers)  # noqa: S310  # Settings are http and https only.
    try:
        with _opener.open(request, timeout=PATIENCE):  # nosec B310
            return None
    except HTTPError as error:
        error.close()
        return f"the receiver answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        # Its own words may quote the address.
        cause = getattr(error, "reason", error)
        if isinstance(cause, TimeoutError):
            return f"no answer within {PATIENCE:g} s"
        return getattr(cause, "strerror", None) or type(cause).__name__


def signature(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature` for a body that is sent at a Unix time."""
    signed = f"{identity}.{timestamp}.".encode() + body
    digest = hmac.digest(signing_key(secret), signed, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"
