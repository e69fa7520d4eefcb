"""`panoptes notify`: tries whether notifications arrive."""

from argparse import ArgumentParser, Namespace

from panoptes.cli.session import CannotRun
from panoptes.config.options import add_settings
from panoptes.config.settings import load

NO_SUBSCRIPTIONS = (
    "Nobody is to be told: name an address with PANOPTES_NOTIFY, --notify or --webhook."
)


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    meaning = "send a message to each address: exit code 0 when all took it, 1 otherwise"
    made = actions.add_parser("test", help=meaning, description=meaning, allow_abbrev=False)
    add_settings(made, "notify", "webhook", "public_url")
    made.set_defaults(run=test)


def test(options: Namespace) -> int:
    """Send a test message to each address, and say what came of it; the database isn't asked."""
    from panoptes.notify.notifier import notifier  # Help loads none of this.
    from panoptes.notify.payload import test_payload

    settings = load(vars(options))
    made = notifier(settings, key=b"")
    if not made.recipients:
        raise CannotRun(NO_SUBSCRIPTIONS)
    failed = 0
    for number, recipient in enumerate(made.recipients.values(), 1):
        reason = made.send(recipient, test_payload(settings.public_url))
        came = f"failed: {reason}" if reason else "sent"
        print(f"{number}  {recipient.shown}  {came}", flush=True)
        failed += reason is not None
    return 1 if failed else 0
