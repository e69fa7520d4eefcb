"""Settings as options of a command line, made from their table."""

from collections.abc import Callable
from dataclasses import Field
from typing import Any, TypeVar

import click

from panoptes.config.settings import SETTINGS, flags, is_repeatable

Command = TypeVar("Command", bound=Callable[..., Any])


def settings_options(*names: str) -> Callable[[Command], Command]:
    """Decorate a command with the options of the settings of these names, or of all that have one.

    The command gets each as the text that was typed, a repeatable one as all of them, for
    `settings.load`; None or nothing where it wasn't given.
    """

    def decorate(command: Command) -> Command:
        for setting in reversed(SETTINGS):
            if flags(setting) and (not names or setting.name in names):
                command = _option(setting)(command)
        return command

    return decorate


def _option(setting: Field[Any]) -> Callable[[Command], Command]:
    names, meaning = (*flags(setting), setting.name), setting.metadata["help"]
    if setting.default is False:
        # Its text is one that its variable could have.
        return click.option(*names, is_flag=True, flag_value="yes", default=None, help=meaning)
    return click.option(
        *names,
        multiple=is_repeatable(setting),
        metavar=setting.metadata["metavar"] or setting.name.upper(),
        help=f"{meaning} [default: {shown_default(setting)}]",
    )


def shown_default(setting: Field[Any]) -> str:
    """Return a setting's default as help and documents show it."""
    if isinstance(setting.default, bool):
        return "yes" if setting.default else "no"
    if is_repeatable(setting) or setting.default == "":
        return "none"
    return f"{setting.default:g}" if isinstance(setting.default, float) else str(setting.default)
