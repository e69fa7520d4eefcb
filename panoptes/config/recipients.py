"""Who is told: an address of a service that apprise knows, or a webhook; of all workflows or some.

Such an address holds passwords: it is never shown or logged, `shown` stands for it.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# What is told, ready for JSON: see `facts.py`.
Facts = dict[str, Any]

MIN_SECRET = 16
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_FORMS = (
    "give SERVICE://… or, for some workflows only, PATTERN=SERVICE://…, as nightly-*=mailto://…"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told of the workflows whose names fit a pattern (`*`, `?`, `[abc]`)."""

    url: str = field(repr=False)
    pattern: str = "*"
    is_webhook: bool = False

    @property
    def shown(self) -> str:
        """What people are told of it: of a service not even the host, which may be a token."""
        of_some = "" if self.pattern == "*" else f"{self.pattern}="
        scheme = self.url.partition("://")[0]
        host = f"{urlsplit(self.url).netloc}/" if self.is_webhook else ""
        return f"{of_some}{scheme}://{host}…"


def without_secrets(value: str) -> str:
    """Return what can be shown of a setting that was meant to be an address."""
    start, colon, _ = value.partition(":")
    return f"{start}:…" if colon else "…"


def hidden(_value: str) -> str:
    """Return what can be shown of a secret: that there is one."""
    return "…"


def read_recipient(value: str) -> Recipient:
    """Return the recipient of a setting; raises ValueError. What apprise knows, it alone says."""
    return _read(value)


def read_webhook(value: str) -> Recipient:
    """Return the webhook of a setting; raises ValueError."""
    webhook = _read(value, is_webhook=True)
    try:
        parts = urlsplit(webhook.url)
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # A port that is no number.
        is_good = False
    is_plain = webhook.url.isascii() and webhook.url.isprintable() and " " not in webhook.url
    if not (is_good and is_plain) or "@" in parts.netloc:
        raise ValueError("is no web address: give http://HOST/PATH or https://…, without password")
    return webhook


def read_secret(value: str) -> str:
    """Return the secret that webhooks are signed with; raises ValueError."""
    secret = value.strip()
    if secret and len(secret) < MIN_SECRET:
        raise ValueError(
            f"is too short: give {MIN_SECRET} characters, as openssl rand -hex 32 does"
        )
    return secret


def _read(value: str, *, is_webhook: bool = False) -> Recipient:
    # An address may hold "=", but behind its service only.
    head, is_address, rest = value.strip().partition("://")
    pattern, equals, scheme = head.rpartition("=")
    if not is_address or not _SCHEME.fullmatch(scheme):
        raise ValueError(f"is no address: {_FORMS}")
    if equals and not pattern.strip():
        raise ValueError(f"names no workflow before its '=': {_FORMS}")
    return Recipient(f"{scheme}://{rest}", pattern.strip() or "*", is_webhook)
