"""Sends JSON to an address of a web developer's, signed so that nobody else can send the like."""

import hashlib
import hmac
import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from panoptes import __version__
from panoptes.common import clock
from panoptes.config.recipients import Facts

# Seconds that a receiver has for each step of its answer.
PATIENCE = 10.0


class _NoRedirect(HTTPRedirectHandler):
    """What was signed for one address isn't sent to another one."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = build_opener(_NoRedirect)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what `X-Panoptes-Signature` says of a body that is sent at a Unix time."""
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


def send(url: str, facts: Facts, secret: str) -> str | None:
    """Send what is told; return why that failed, in words without secrets, None where it didn't."""
    body = json.dumps(facts).encode()
    timestamp = str(int(clock.utcnow().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"panoptes/{__version__}",
        "X-Panoptes-Event": facts["event"],
        "X-Panoptes-Id": facts["id"],
        "X-Panoptes-Timestamp": timestamp,
        "X-Panoptes-Signature": signature(secret, timestamp, body),
    }
    request = Request(url, body, headers)  # noqa: S310  # Settings are http and https only.
    try:
        with _opener.open(request, timeout=PATIENCE):  # nosec B310
            return None
    except HTTPError as error:
        error.close()
        return f"the receiver answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:  # Their words may quote the address.
        return _in_words(getattr(error, "reason", error))


def _in_words(cause: Any) -> str:
    if isinstance(cause, TimeoutError):
        return f"no answer within {PATIENCE:g} s"
    return getattr(cause, "strerror", None) or type(cause).__name__
