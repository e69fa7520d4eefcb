"""Asks whoever sits at a terminal whether a command is to do what others may notice."""

import sys

from panoptes.common.errors import CannotRun


def require_terminal() -> None:
    """Raise CannotRun where nobody can be asked."""
    if not sys.stdin.isatty():
        raise CannotRun("No terminal to confirm in; use --yes.")


def confirm(question: str, otherwise: str) -> None:
    """Go on if a person says yes. Raises CannotRun, whose sentence is `otherwise`."""
    require_terminal()
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotRun(otherwise)
