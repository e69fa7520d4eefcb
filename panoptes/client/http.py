"""Asks a server over its API; whatever goes wrong is told in a sentence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlencode, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from panoptes.cli.remote_options import HERE, TOKEN, URL
from panoptes.cli.session import CannotRun
from panoptes.client.api_models import one_line
from panoptes.common.hosts import is_loopback

# Seconds that an answer may take.
PATIENCE = 30.0
# What a proxy answers for a server that is away, and a server that can't just now.
AWAY = (429, 502, 503, 504)

Query = Mapping[str, str | int | None]


class Unreachable(CannotRun):
    """Nobody answers, or nobody can just now."""

    code = 5


class NotThere(CannotRun):
    """The server knows of no such thing."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server at `url`, which has no slash at its end and no token in it."""

    url: str
    token: str
    opener: OpenerDirector

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """Return the JSON object at a path. Raises CannotRun."""
        return self._object(self._ask("GET", path, query or {}))

    def post(self, path: str) -> dict[str, Any]:
        """Ask for a change and return the JSON object that answers it. Raises CannotRun."""
        return self._object(self._ask("POST", path, {}))

    def delete(self, path: str) -> None:
        """Delete what stands at a path. Raises CannotRun."""
        self._ask("DELETE", path, {})

    def is_no_panoptes(self) -> CannotRun:
        """Return what is said of an answer that makes no sense."""
        return CannotRun(f"What answers at {self.url} is no panoptes 2: check {URL} or --url.")

    def _ask(self, method: str, path: str, query: Query) -> bytes:
        given = {name: value for name, value in query.items() if value is not None}
        address = f"{self.url}{path}" + (f"?{urlencode(given, errors='replace')}" if given else "")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = Request(address, method=method, headers=headers)  # noqa: S310  # See server_at.
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                body: bytes = answer.read()
                return body
        except HTTPError as error:
            with error:
                raise self._refusal(error) from error
        except (OSError, HTTPException) as error:
            raise Unreachable(
                f"No panoptes answers at {self.url} ({_reason(error)}): start one with 'panoptes',"
                f" or name another one's address with {URL} or --url."
            ) from error

    def _object(self, body: bytes) -> dict[str, Any]:
        try:
            found = json.loads(body)
        except ValueError as error:
            raise self.is_no_panoptes() from error
        if not isinstance(found, dict):
            raise self.is_no_panoptes()
        return found

    def _refusal(self, error: HTTPError) -> CannotRun:
        if error.code == 401:
            return CannotRun(self._wants_token())
        if error.code in AWAY:
            return Unreachable(f"{self.url} can't answer now ({error.code}): {_sentence(error)}")
        if 300 <= error.code < 400:
            target = one_line(error.headers.get("Location") or "")
            return CannotRun(f"{self.url} leads to {target}: give that address with {URL}.")
        said = _sentence(error)
        if not said:
            return self.is_no_panoptes()
        return NotThere(said) if error.code == 404 else CannotRun(said)

    def _wants_token(self) -> str:
        how = f"set {TOKEN}, or write it into the address: http://me:TOKEN@HOST"
        if self.token:
            return f"{self.url} doesn't know this token (any more): {how}."
        return f"{self.url} wants a token: {how}."


def _sentence(error: HTTPError) -> str:
    """Return what the API says of an error, nothing where it isn't the API that answers."""
    try:
        told = json.loads(error.read())
    except (ValueError, OSError, HTTPException):
        return ""
    return one_line(told["msg"]) if isinstance(told, dict) and "msg" in told else ""


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, URLError) else error
    return one_line(getattr(cause, "strerror", None) or str(cause) or type(cause).__name__)


# --- which server ---------------------------------------------------------------------------------


class _StayHere(HTTPRedirectHandler):
    """Follows no redirect: the token would go along to wherever it leads."""

    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


def server_at(url: str, token: str | None, otherwise: str) -> Server:
    """Return the server at an address.

    Its token is `token`, else the password in the address, else `otherwise`. Raises CannotRun.
    """
    parts = _parts(url)
    found = token or unquote(parts.password or "") or otherwise
    if not (found.isascii() and (found.isprintable() or not found)):
        raise CannotRun(f"The token has characters that none has: check {TOKEN}.")
    host = parts.netloc.rpartition("@")[2]
    # The proxies of the environment lead out of this machine, not back to it.
    proxies: dict[str, str] | None = {} if is_loopback(parts.hostname or "") else None
    opener = build_opener(ProxyHandler(proxies), _StayHere())
    return Server(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", found, opener)


def _parts(url: str) -> SplitResult:
    shown = one_line(url.rpartition("@")[2])  # What comes before may be a token.
    wrong = CannotRun(f"'{shown}' is no address of a server: give one as {HERE}.")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise wrong from error
    if not is_right or not url.isprintable() or " " in url:
        raise wrong
    return parts
