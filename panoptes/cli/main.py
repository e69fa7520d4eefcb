"""The command `panoptes`: serves, or does what the word after it says."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from panoptes import __version__
from panoptes.cli.session import INTERRUPTED
from panoptes.common.errors import CannotRun, Problem
from panoptes.config.options import settings_options, shown_default
from panoptes.config.settings import SETTINGS, BadSetting, load, variable

# Each is a module here with a command of its name.
COMMANDS = (
    *("run", "demo", "ls", "show", "watch", "runs", "compare", "log", "stop", "cancel", "mv", "rm"),
    *("import", "send", "doctor", "token", "db", "notify"),
)
# Modules that can't be called like their command.
_MODULES = {"import": "import_runs"}


class _Panoptes(click.Group):
    """A group that serves where no command is named, and loads only the command that is."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = _MODULES.get(name, name)
        command: click.Command = getattr(import_module(f"panoptes.cli.{module}"), module)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # Ctrl-C stops a server, and interrupts a command.
            return INTERRUPTED if ctx.invoked_subcommand else 0

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        from panoptes.web.document import ENDPOINTS

        formatter.write("\nAPI endpoints:\n")
        for each in ENDPOINTS:
            formatter.write(f"  {each.method:<7}{each.path:<38} {each.meaning}\n")
        formatter.write("\nEnvironment variables (an option comes first):\n")
        for setting in SETTINGS:
            described = f"{setting.metadata['help']} [default: {shown_default(setting)}]"
            formatter.write(f"  {variable(setting):<25} {described}\n")


@click.group(
    cls=_Panoptes,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[COMMAND ...]",
)
@settings_options()
@click.version_option(__version__, message="panoptes %(version)s")
@click.pass_context
def panoptes(context: click.Context, /, **settings: str | Sequence[str] | None) -> None:
    """Watch computational workflows: which run, which failed and why.

    Without a command, panoptes serves; 'panoptes COMMAND --help' describes a command.
    """
    if not context.invoked_subcommand:
        from panoptes.cli.serve import serve

        serve(load(settings))
    elif any(settings.values()):
        raise click.UsageError("Options before a command are the server's: give its own after it.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code is 0 when all went well, CannotRun's when it can't be done."""
    try:
        code = panoptes.main(arguments, prog_name="panoptes", standalone_mode=False)
        if sys.stdout:  # It may be closed.
            sys.stdout.flush()
        return int(code or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (CannotRun, BadSetting, Problem) as error:
        print(f"panoptes: {error}", file=sys.stderr)
        return error.code if isinstance(error, CannotRun) else 2
    except BrokenPipeError:  # Whoever reads has enough, as `head` has; the exit mustn't try again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except click.Abort:  # Ctrl-C before anything began.
        return INTERRUPTED
