"""Blots out secrets in what is kept of parameters."""

import json
from collections.abc import Mapping
from typing import Any

from panoptes.common.secrets import LONGEST_NAME, is_secret
from panoptes.common.text import BLOT, without_passwords

MAX_DEPTH = 8
MAX_ITEMS = 1000
MAX_TEXT = 4096
# Letters of all parameters of a run: lists of runs read them, too.
MAX_LETTERS = 50_000


def kept_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first of a run's parameters, without secrets and not too long in all."""
    kept: dict[str, Any] = {}
    letters = 0
    for name, value in shown_params(params).items():
        letters += len(name) + len(json.dumps(value))
        if letters > MAX_LETTERS:
            break
        kept[name] = value
    return kept


def shown_params(value: Any, depth: int = 0) -> Any:
    """Return parameters without secrets, and not more of them than a page can show."""
    if isinstance(value, dict) and depth < MAX_DEPTH:
        return {
            str(name)[:LONGEST_NAME]: _shown(str(name), each, depth)
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
