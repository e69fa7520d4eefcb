"""Settings as options of a command line, made from their table."""

from argparse import ArgumentParser
from dataclasses import Field
from typing import Any

from panoptes.config.settings import SETTINGS, is_repeatable


def add_settings(parser: ArgumentParser, *names: str) -> None:
    """Give a parser the options of the settings of these names, or of all that have one."""
    for setting in SETTINGS:
        if setting.metadata["flags"] and (not names or setting.name in names):
            _add_option(parser, setting)


def _add_option(parser: ArgumentParser, setting: Field[Any]) -> None:
    flags, meaning = setting.metadata["flags"], setting.metadata["help"].replace("%", "%%")
    if setting.default is False:
        parser.add_argument(
            *flags, dest=setting.name, action="store_const", const="yes", help=meaning
        )
    else:
        parser.add_argument(
            *flags,
            dest=setting.name,
            action="append" if is_repeatable(setting) else "store",
            metavar=setting.metadata["metavar"] or setting.name.upper(),
            help=f"{meaning} [default: {shown_default(setting)}]",
        )


def shown_default(setting: Field[Any]) -> str:
    """Return a setting's default as help tells it."""
    if isinstance(setting.default, bool):
        return "yes" if setting.default else "no"
    if is_repeatable(setting) or setting.default == "":
        return "none"
    return f"{setting.default:g}" if isinstance(setting.default, float) else str(setting.default)
