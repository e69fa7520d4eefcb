"""Who is notified, of all workflows or some: an address that apprise knows, or a webhook.

Addresses hold passwords: they are never shown or logged, `shown` stands for them.
"""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# How long a secret is at least: as plain text, and as the bytes behind the standard's prefix.
MIN_SECRET = 16
MIN_KEY = 24
_ENCODED = "whsec_"
# What nobody is told of who doesn't ask for it.
EXTRAS = ("late", "slow-job", "failed-again")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_FORMS = (
    "give SERVICE://… or, for some workflows only, PATTERN=SERVICE://…, as nightly-*=mailto://…"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is notified of the workflows whose names match a pattern (`*`, `?`, `[abc]`)."""

    url: str = field(repr=False)
    pattern: str = "*"
    is_webhook: bool = False

    @property
    def shown(self) -> str:
        """What logs and messages call it: of a service not even the host, which may be a token."""
        pattern = "" if self.pattern == "*" else f"{self.pattern}="
        scheme = self.url.partition("://")[0]
        host = f"{urlsplit(self.url).netloc}/" if self.is_webhook else ""
        return f"{pattern}{scheme}://{host}…"


def without_secrets(value: str) -> str:
    """Return what can be shown of a setting that was meant to be an address."""
    start, colon, _ = value.partition(":")
    return f"{start}:…" if colon else "…"


def read_recipient(value: str, *, is_webhook: bool = False) -> Recipient:
    """Return the recipient of a setting; raises ValueError. What apprise knows, it alone says."""
    # An address may hold "=", but behind its service only.
    head, is_address, rest = value.strip().partition("://")
    pattern, equals, scheme = head.rpartition("=")
    if not is_address or not _SCHEME.fullmatch(scheme):
        raise ValueError(f"is not an address: {_FORMS}")
    if equals and not pattern.strip():
        raise ValueError(f"names no workflow before its '=': {_FORMS}")
    return Recipient(f"{scheme}://{rest}", pattern.strip() or "*", is_webhook)


def read_webhook(value: str) -> Recipient:
    """Return the webhook of a setting; raises ValueError."""
    webhook = read_recipient(value, is_webhook=True)
    try:
        parts = urlsplit(webhook.url)
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # A port that is no number.
        is_good = False
    is_plain = webhook.url.isascii() and webhook.url.isprintable() and " " not in webhook.url
    if not (is_good and is_plain) or "@" in parts.netloc:
        raise ValueError("is not a web address: give http://HOST/PATH, without a password")
    return webhook


def read_extra(value: str) -> str:
    """Return what else recipients are told of; raises ValueError."""
    extra = value.strip()
    if extra not in EXTRAS:
        raise ValueError(f"is none of {', '.join(EXTRAS)}")
    return extra


def read_secret(value: str) -> str:
    """Return the secret that webhooks are signed with; raises ValueError."""
    secret = value.strip()
    try:
        key = signing_key(secret)
    except ValueError:
        raise ValueError(f"is neither text nor {_ENCODED} and Base64") from None
    is_short = len(key) < MIN_KEY if secret.startswith(_ENCODED) else len(secret) < MIN_SECRET
    if secret and is_short:
        raise ValueError(
            f"is too short: give {_ENCODED} and what openssl rand -base64 32 makes, or any"
            f" text of {MIN_SECRET} characters"
        )
    return secret


def signing_key(secret: str) -> bytes:
    """Return the key that a secret stands for; raises ValueError.

    Behind the prefix of Standard Webhooks it is Base64; any other text is the key itself.
    """
    if secret.startswith(_ENCODED):
        return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    return secret.encode()
