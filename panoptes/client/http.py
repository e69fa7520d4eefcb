"""Sends requests to a server and reads its JSON; whatever goes wrong is a `ClientError`."""

import json
import time
from collections.abc import Mapping
from http.client import HTTPException, IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from panoptes.client import errors
from panoptes.common.hosts import is_loopback

# What a proxy answers for a server that is away, and a server that can't answer just now.
AWAY = (429, 502, 503, 504)
# What a server may answer: bytes, and the seconds until it has. Some never end.
MAX_ANSWER = 100 * 2**20
MOST_SECONDS = 120.0
_PIECE = 2**16

Query = Mapping[str, str | int | None]


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirect: the token would go along to wherever it leads."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


class Connection:
    """A server's address, without token and without a slash at its end (`url`), and the `token`.

    `token` is empty where there is none.
    """

    def __init__(
        self, url: str = "http://127.0.0.1:5000", token: str | None = None, timeout: float = 30.0
    ) -> None:
        parts = _parts(url)
        self.token = token or unquote(parts.password or "")
        if self.token and not (self.token.isascii() and self.token.isprintable()):
            raise errors.BadToken("The token has characters that no token has.")
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._timeout = timeout
        # The proxies of the environment lead out of this machine, not back to it.
        proxies: dict[str, str] | None = {} if is_loopback(parts.hostname or "") else None
        self._opener = build_opener(ProxyHandler(proxies), _NoRedirects())

    def request(self, method: str, path: str, query: Query) -> bytes:
        """Return the body of an answer; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        address = f"{self.url}{path}" + (f"?{urlencode(given, errors='replace')}" if given else "")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = Request(address, headers=headers, method=method)  # noqa: S310  # See _parts.
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return _whole(answer)
        except HTTPError as error:
            with error:
                raise self._refusal(error) from error
        except (OSError, HTTPException) as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            raise errors.Unreachable(f"No panoptes answers at {self.url} ({reason}).") from error

    def not_panoptes(self) -> errors.NotPanoptes:
        """Return the error for an answer that makes no sense."""
        return errors.NotPanoptes(f"What answers at {self.url} is not panoptes 2.")

    def _refusal(self, error: HTTPError) -> errors.ClientError:
        code = error.code
        try:
            message = str(json.loads(_whole(error.fp))["msg"])
        except (ValueError, KeyError, TypeError, OSError, HTTPException, RecursionError):
            message = ""  # It isn't the API that answers.
        if code == 401:
            refused = "doesn't accept this token" if self.token else "requires a token"
            return errors.Unauthorized(f"{self.url} {refused}.", code)
        if code in AWAY:
            return errors.Unavailable(f"{self.url} can't answer now ({code}): {message}")
        if 300 <= code < 400:
            target = error.headers.get("Location") or "nowhere"
            return errors.Redirected(f"{self.url} redirects to {target}.")
        if not message:
            return self.not_panoptes()
        return (errors.NotFound if code == 404 else errors.Refused)(message, code)


def _whole(answer: Any) -> bytes:
    """Return the body of an answer. Raises OSError where it is too large or takes too long."""
    body, until = bytearray(), time.monotonic() + MOST_SECONDS
    while piece := answer.read1(_PIECE):
        body += piece
        if len(body) > MAX_ANSWER:
            raise OSError(f"its answer has more than {MAX_ANSWER // 2**20} MB")
        if time.monotonic() > until:
            raise TimeoutError("timed out")
    if answer.length:
        raise IncompleteRead(bytes(body), answer.length)
    return bytes(body)


def _parts(url: str) -> SplitResult:
    shown = url.rpartition("@")[2]  # What comes before may be a token.
    wrong = errors.BadAddress(f"'{shown}' is not the address of a server.")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise wrong from error
    if not is_right or not url.isprintable() or " " in url:
        raise wrong
    return parts
