"""One kept connection to a server: posts JSON, and always returns within a limit of time."""

import gzip
import http.client
import io
import json
import os
import socket
import ssl
import time
import urllib.request
from base64 import b64encode
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from .address import Address

# For a connection, and again for an answer from its request to its last byte; in seconds.
TIME_LIMIT = 10.0
COMPRESSED_FROM = 4096
MAX_ANSWER = 1_000_000


class Unanswered(Exception):
    """No server answered, or none that speaks HTTP; the message says why."""


class Answer(NamedTuple):
    """What a server said: `content` is its JSON object, empty for anything else.

    `retry_after` is in seconds, `location` where it would rather be asked.
    """

    status: int
    content: dict[str, Any]
    retry_after: float | None
    location: str


class Connection:
    """A connection that is opened when it is needed, and again after any trouble."""

    def __init__(self, address: Address, agent: str, time_limit: float = TIME_LIMIT) -> None:
        self.address = address
        self._time_limit = time_limit
        self._headers = {"Content-Type": "application/json", "User-Agent": agent}
        if address.token:
            self._headers["Authorization"] = f"Bearer {address.token}"
        self._open: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> Answer:
        """Send JSON and return the answer. Raises Unanswered."""
        headers = dict(self._headers)
        if len(body) >= COMPRESSED_FROM:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        was_open = self._open is not None
        try:
            return self._send(path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # A server closes connections that rest, and the next request finds out.
            if not was_open or isinstance(error, TimeoutError):
                raise Unanswered(_reason(error)) from error
        try:
            return self._send(path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(_reason(error)) from error

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._open is None:
            self._open = self._connected()
        self._open.sock.settimeout(self._time_limit)
        target = self.address.parts.path + path
        if self._open.host != self.address.parts.hostname and self.address.parts.scheme == "http":
            target = self.address.url + path  # A proxy is asked for whole addresses.
        self._open.request("POST", target, body, headers)
        with self._open.getresponse() as response:
            answer = _read(response)
            if response.will_close:
                self.close()
        return answer

    def _connected(self) -> http.client.HTTPConnection:
        parts = self.address.parts
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        proxy = _proxy(parts.scheme, host, port)
        near = (proxy.hostname or "", proxy.port or 3128) if proxy else (host, port)
        connection: http.client.HTTPConnection
        if secure:
            connection = http.client.HTTPSConnection(
                *near, timeout=self._time_limit, context=_tls()
            )
        else:
            connection = http.client.HTTPConnection(*near, timeout=self._time_limit)
        if proxy and secure:
            connection.set_tunnel(host, port, _proxy_headers(proxy))
        elif proxy:
            self._headers |= _proxy_headers(proxy)
        connection.response_class = _response_within(self._time_limit)
        connection.connect()
        # Head and body go out as two writes; the second mustn't wait for an acknowledgement.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None


def _read(response: http.client.HTTPResponse) -> Answer:
    body = response.read(MAX_ANSWER + 1)
    try:
        content = json.loads(body) if len(body) <= MAX_ANSWER else None
    except (ValueError, RecursionError):
        content = None
    return Answer(
        response.status,
        content if isinstance(content, dict) else {},
        _seconds(response.headers.get("Retry-After")),
        response.headers.get("Location") or "",
    )


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After, which may be a date."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.HTTPException):
        return "what answers isn't a web server" if str(error) else "the connection was closed"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _tls() -> ssl.SSLContext:
    """Return what checks a server's certificate, also one that others signed."""
    named = (os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    bundle = next((path for path in named if path and os.path.isfile(path)), None)  # noqa: PTH113
    context = ssl.create_default_context()
    if bundle:
        context.load_verify_locations(bundle)
    return context


def _proxy(scheme: str, host: str, port: int) -> Any:
    """Return the proxy that the environment names for a host, None for none.

    Proxies lead out of this machine, and not back to it.
    """
    if host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost"):
        return None
    found = urllib.request.getproxies().get(scheme)
    if not found or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    parts = urlsplit(found if "://" in found else f"http://{found}")
    return parts if parts.hostname else None


def _proxy_headers(proxy: Any) -> dict[str, str]:
    if not proxy.username:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": "Basic " + b64encode(pair.encode()).decode()}


class _TimedSocket(socket.SocketIO):
    """Reads until a moment, however slowly bytes come: a socket's own limit is for each read."""

    def __init__(self, sock: socket.socket, end: float) -> None:
        super().__init__(sock, "r")
        self._socket, self._end = sock, end

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(max(0.001, self._end - time.monotonic()))
        return super().readinto(buffer)


def _response_within(seconds: float) -> Any:
    """Return a class of responses that are read within so many seconds."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
            super().__init__(sock, *arguments, **named)
            self.fp.close()
            self.fp = io.BufferedReader(_TimedSocket(sock, time.monotonic() + seconds))

    return Response
