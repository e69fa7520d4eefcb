"""Asks a site as a browser does: it keeps cookies, follows redirects and knows who it trusts."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit

PATIENCE = 30.0


@dataclass(frozen=True)
class Answer:
    """An answer, to be read like that of a test client; `path` is where redirects led."""

    status_code: int
    path: str
    headers: Mapping[str, str]
    body: bytes

    def get_data(self, as_text: bool = False) -> str | bytes:
        return self.body.decode() if as_text else self.body

    def get_json(self) -> Any:
        return json.loads(self.body)


class Web:
    """A visitor of a site; `base` may hold a path, to which all others are added."""

    def __init__(self, base: str, context: ssl.SSLContext | None = None) -> None:
        self.base, self.context, self.cookies = base, context, CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # The machine's proxy is not for itself.
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(self.cookies),
        )

    def open(
        self,
        path: str,
        method: str = "GET",
        data: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask, as a test client is asked; an error's answer is an answer."""
        # An empty type, where none was told, keeps urllib from making one up.
        told = {"Content-Type": content_type or "", **(headers or {})}
        request = urllib.request.Request(self.base + path, data or None, told, method=method)
        try:
            answer = self._opener.open(request, timeout=PATIENCE)
        except HTTPError as error:
            answer = error
        with answer:
            path = urlsplit(answer.url).path
            return Answer(answer.status, path, answer.headers, answer.read())

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.open(path, headers=headers)

    def submit(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form from a page of the same site."""
        form = "application/x-www-form-urlencoded"
        origin = {"Origin": urljoin(self.base, "/").rstrip("/")}
        return self.open(path, "POST", urlencode(fields).encode(), form, origin)
