"""Tells secrets by their names, and blots them out of commands."""

import re

from panoptes.common.text import BLOT, without_passwords

_NAMES = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential"
    r"|(?:api|access|private|account|sas|auth)[_.-]?key|(?<![a-z])key(?![a-z])",
    re.IGNORECASE,
)
# A word as a shell has it: quotes may hold blanks.
_WORD = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
# No name of an option or a parameter is longer.
LONGEST_NAME = 200


def is_secret(name: str) -> bool:
    """Return whether a parameter of this name holds a secret, in all likelihood."""
    return bool(_NAMES.search(name[:LONGEST_NAME]))


def without_secrets(command: str) -> str:
    """Return a command without the values of options such as `--api_key` and `--token`."""
    pieces, done = [], 0
    is_value = False
    for match in _WORD.finditer(command):
        word = match[0]
        name, equals, _ = word.partition("=")
        is_option = word.startswith("-") and is_secret(name)
        if is_value and not word.startswith("-"):
            shown = BLOT
        else:
            shown = f"{name}={BLOT}" if equals and is_secret(name) else word
        pieces += [command[done : match.start()], shown]
        done, is_value = match.end(), is_option and not equals
    return without_passwords("".join([*pieces, command[done:]]))
