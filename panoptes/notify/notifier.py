"""Who is told on this server, and how one sends to them: the settings, put together and checked."""

import hashlib
import hmac
from dataclasses import dataclass

from panoptes.config.recipients import Facts, Recipient
from panoptes.config.settings import BadSetting, Settings
from panoptes.models.notification import NO_SUBSCRIPTIONS, Subscriptions
from panoptes.notify import services, webhooks


@dataclass(frozen=True)
class Notifier:
    """Recipients by their keys, and who listens to what; `public_url` is where pages are found."""

    recipients: dict[str, Recipient]
    subscriptions: Subscriptions
    public_url: str
    secret: str

    def send(self, recipient: Recipient, facts: Facts) -> str | None:
        """Send to one; return why that failed, in words without secrets, None where it didn't."""
        if recipient.is_webhook:
            return webhooks.send(recipient.url, facts, self.secret)
        return services.send(recipient.url, facts)


def notifier(settings: Settings, key: bytes) -> Notifier:
    """Return what the settings say of who is told; in the database, keys stand for addresses.

    Raises config.BadSetting.
    """
    everybody = (*settings.notify, *settings.webhook)
    _check(settings)
    recipients: dict[str, Recipient] = {}
    patterns: dict[str, list[str]] = {}
    for recipient in everybody:
        name = _key(recipient, key)
        recipients[name] = recipient
        patterns.setdefault(name, []).append(recipient.pattern)
    subscriptions = Subscriptions(patterns) if patterns else NO_SUBSCRIPTIONS
    return Notifier(recipients, subscriptions, settings.public_url, settings.webhook_secret)


def _check(settings: Settings) -> None:
    for recipient in settings.notify:
        problem = services.problem(recipient.url)
        if problem:
            raise BadSetting(f"PANOPTES_NOTIFY: '{recipient.shown}' {problem}.")
    if settings.webhook and not settings.webhook_secret:
        raise BadSetting(
            "PANOPTES_WEBHOOK_SECRET: webhooks are signed, so it has to be set, to a text that the"
            " receivers know too: openssl rand -hex 32 makes one."
        )


def _key(recipient: Recipient, key: bytes) -> str:
    """Return what stands for an address, from which nobody can find it."""
    told = f"{recipient.is_webhook} {recipient.url}".encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()[:16]
