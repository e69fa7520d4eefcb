"""What `panoptes` can do besides serving: one table of commands, each with a module here."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import NamedTuple

from panoptes.cli import db, ls, notify, rm, show, token, watch


class Command(NamedTuple):
    """A word after `panoptes`.

    `add_to` gives its parser what it takes, and as default for `run` what it does: a function of
    the parsed options that returns an exit code and may raise opening.CannotRun,
    config.BadSetting and errors.Problem.
    """

    name: str
    meaning: str
    add_to: Callable[[ArgumentParser], None]


COMMANDS = (
    Command("ls", "the workflows of a server", ls.add_to),
    Command("show", "one workflow: its rules, what failed and why", show.add_to),
    Command("watch", "follow a run to its end, which the exit code tells", watch.add_to),
    Command("rm", "delete workflows, or bring them back", rm.add_to),
    Command("token", "who may report, look and change: add, list, revoke", token.add_to),
    Command("db", "the database: backup, check, import, stats, upgrade", db.add_to),
    Command("notify", "whether notifications arrive: test", notify.add_to),
)


def parser() -> ArgumentParser:
    """Return the command line of all commands."""
    made = ArgumentParser(prog="panoptes", allow_abbrev=False)
    several = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = several.add_parser(
            command.name, help=command.meaning, description=command.meaning, allow_abbrev=False
        )
        command.add_to(one)
    return made
