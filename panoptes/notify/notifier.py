"""Who is notified by this server, and of what: the settings, put together and checked."""

import hashlib
import hmac
import threading
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from panoptes.config.recipients import Recipient
from panoptes.config.settings import BadSetting, Settings
from panoptes.models.notification import Kind, Subscriptions
from panoptes.notify import Payload, services, webhooks

# Seconds that a recipient has for its whole answer: less than a notification is claimed for.
DEADLINE = 30.0


@dataclass(frozen=True)
class Notifier:
    """Recipients by their keys, and what each subscribed to; pages are found at `public_url`."""

    recipients: dict[str, Recipient]
    subscriptions: Subscriptions
    public_url: str
    secret: str
    _late: dict[Recipient, "Future[str | None]"] = field(default_factory=dict)

    def send(self, recipient: Recipient, payload: Payload) -> str | None:
        """Send a payload; return None, or a reason without secrets why that failed.

        Takes at most DEADLINE: limits of libraries begin anew with each byte of an answer. Whoever
        is late gets nothing more before that answer has come to its end.
        """
        late = self._late.get(recipient)
        if late is not None and not late.done():
            return "it is still answering the last one"
        answer: Future[str | None] = Future()
        arguments = (answer, recipient, payload)
        threading.Thread(target=self._answer, args=arguments, daemon=True).start()
        if wait([answer], DEADLINE).not_done:
            self._late[recipient] = answer
            return f"no whole answer within {DEADLINE:g} s"
        return answer.result()

    def _answer(self, answer: "Future[str | None]", recipient: Recipient, payload: Payload) -> None:
        try:
            answer.set_result(self._send(recipient, payload))
        except BaseException as error:  # noqa: BLE001  # Who waits for the answer raises it.
            answer.set_exception(error)

    def _send(self, recipient: Recipient, payload: Payload) -> str | None:
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
    subscriptions = Subscriptions(patterns, map(Kind, settings.notify_also))
    return Notifier(recipients, subscriptions, settings.public_url, settings.webhook_secret)
