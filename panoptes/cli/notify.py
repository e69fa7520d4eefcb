"""`panoptes notify`: tries whether notifications arrive."""

import click

from panoptes.common.errors import CannotRun
from panoptes.config.options import settings_options
from panoptes.config.settings import load

NO_ADDRESSES = "There is no address to notify: give one as PANOPTES_NOTIFY, --notify or --webhook."


@click.group(no_args_is_help=False)
def notify() -> None:
    """Try whether notifications arrive: test."""


@notify.command()
@settings_options("notify", "webhook", "public_url")
def test(**options: str | tuple[str, ...] | None) -> int:
    """Send a message to each address: exit code 0 when all took it, 1 otherwise.

    The database isn't asked.
    """
    from panoptes.notify.notifier import notifier  # Help loads none of this.
    from panoptes.notify.payload import test_payload

    settings = load(options)
    sender = notifier(settings, key=b"")
    if not sender.recipients:
        raise CannotRun(NO_ADDRESSES)
    failed = 0
    for number, recipient in enumerate(sender.recipients.values(), 1):
        reason = sender.send(recipient, test_payload(settings.public_url))
        result = f"failed: {reason}" if reason else "sent"
        print(f"{number}  {recipient.shown}  {result}", flush=True)
        failed += reason is not None
    return 1 if failed else 0
