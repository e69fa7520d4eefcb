"""Blots out secrets in what is kept of a command and of parameters."""

import re
from typing import Any

from panoptes.common.text import BLOT, without_passwords

MAX_DEPTH = 8
MAX_ITEMS = 1000
MAX_TEXT = 4096

_NAMES = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|credential"
    r"|(?:api|access|private|account|sas|auth)[_.-]?key|(?<![a-z])key(?![a-z])",
    re.IGNORECASE,
)
# A word as a shell has it: quotes may hold blanks.
_WORD = re.compile(r"(?:'[^']*'|\"[^\"]*\"|\S)+")
# No name of an option or a parameter is longer.
_LONGEST_NAME = 200


def is_secret(name: str) -> bool:
    """Return whether a parameter of this name holds a secret, in all likelihood."""
    return bool(_NAMES.search(name[:_LONGEST_NAME]))


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


def shown_params(value: Any, depth: int = 0) -> Any:
    """Return parameters without secrets, and not more of them than a page can show."""
    if isinstance(value, dict) and depth < MAX_DEPTH:
        return {
            str(name)[:_LONGEST_NAME]: _shown(str(name), each, depth)
            for name, each in list(value.items())[:MAX_ITEMS]
        }
    if isinstance(value, list) and depth < MAX_DEPTH:
        return [shown_params(each, depth + 1) for each in value[:MAX_ITEMS]]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return without_passwords(str(value)[:MAX_TEXT])


def _shown(name: str, value: Any, depth: int) -> Any:
    is_blotted = is_secret(name) and value not in (None, "", True, False)
    return BLOT if is_blotted else shown_params(value, depth + 1)
