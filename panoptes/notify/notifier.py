"""Who is notified by this server, and of what: the settings, put together and checked."""

import hashlib
import hmac
from dataclasses import dataclass

from panoptes.config.recipients import Recipient
from panoptes.config.settings import BadSetting, Settings
from panoptes.models.notification import Subscriptions
from panoptes.notify import Payload, services, webhooks


@dataclass(frozen=True)
class Notifier:
    """Recipients by their keys, and what each subscribed to; pages are found at `public_url`."""

    recipients: dict[str, Recipient]
    subscriptions: Subscriptions
    public_url: str
    secret: str

    def send(self, recipient: Recipient, payload: Payload) -> str | None:
        """Send a payload; return None, or a reason without secrets why that failed."""
        if recipient.is_webhook:
            return webhooks.send(recipient.url, payload, self.secret)
        return services.send(recipient.url, payload)


def notifier(settings: Settings, key: bytes) -> Notifier:
    """Return who is notified according to the settings. Raises config.BadSetting.

    `key` is the server's own: with it, nobody finds the addresses that the database's keys mean.
    """
    for recipient in settings.notify:
        problem = services.problem(recipient.url)
        if problem:
            raise BadSetting(f"PANOPTES_NOTIFY: '{recipient.shown}' {problem}.")
    if settings.webhook and not settings.webhook_secret:
        raise BadSetting(
            "PANOPTES_WEBHOOK_SECRET: webhooks are signed, so set it to a secret that the receivers"
            " know too: whsec_ and what openssl rand -base64 32 makes."
        )
    recipients: dict[str, Recipient] = {}
    patterns: dict[str, list[str]] = {}
    for recipient in (*settings.notify, *settings.webhook):
        address = f"{recipient.is_webhook} {recipient.url}".encode()
        stored = hmac.new(key, address, hashlib.sha256).hexdigest()[:16]
        recipients[stored] = recipient
        patterns.setdefault(stored, []).append(recipient.pattern)
    return Notifier(
        recipients, Subscriptions(patterns), settings.public_url, settings.webhook_secret
    )
