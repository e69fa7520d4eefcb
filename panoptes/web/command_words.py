"""The words of which a run's command was made, told apart as its client tells them."""

import shlex

from panoptes.common.text import BLOT, BLOT_OF_SENDER
from panoptes.engines.terms import terms
from panoptes.queries.results import RunView


def command_words(run: RunView) -> list[str]:
    """Return the words of a run's command, none where nobody can tell what they were.

    Clients tell them as the shell had read them, without its quotes (Snakemake 5.32 to 8), with the
    quotes that were typed (Nextflow), or with those of `shlex.join` (our plugin for Snakemake 9).
    """
    command = run.command or ""
    if BLOT in command or BLOT_OF_SENDER in command:
        return []
    was_typed = terms(run.engine).quotes_command
    try:
        words = shlex.split(command)
    except ValueError:  # A quote without its end.
        return [] if was_typed else command.split()
    return words if was_typed or shlex.join(words) == command else command.split()
