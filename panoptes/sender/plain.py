"""Makes of any value what JSON can hold, with limits to all that can be long."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

# What a server keeps of a text, and of a list (both ends of a longer one).
MAX_TEXT = 100_000
MAX_ITEMS = 10_000
MAX_DEPTH = 8
MAX_NUMBER = 2**63
# An event that no server takes as it is is cut to what says most.
LITTLE_TEXT = 1_000
FEW_ITEMS = 20


def plain(value: Any, texts: int = MAX_TEXT, items: int = MAX_ITEMS, depth: int = MAX_DEPTH) -> Any:
    """Return a value of maps, lists, texts and numbers; anything else becomes its text.

    Texts have at most so many letters, lists and maps so many items. Raises nothing.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _cut(value, texts)
    if isinstance(value, (int, float)):
        return _number(value)
    if depth and isinstance(value, Mapping):
        pairs = _ends(list(value.items()), items)
        return {_text(key, texts): plain(each, texts, items, depth - 1) for key, each in pairs}
    if depth and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each, texts, items, depth - 1) for each in _ends(list(value), items)]
    return _text(value, texts)


def _number(value: float) -> Any:
    if isinstance(value, int):
        return int(value) if abs(value) < MAX_NUMBER else hex(value)
    return float(value) if math.isfinite(value) else str(value)


def _text(value: Any, most: int) -> str:
    try:
        return _cut(str(value), most)
    except Exception:  # noqa: BLE001  # It is somebody's object.
        return type(value).__name__


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text[:]
    half = most // 2
    return f"{text[:half]} … {text[len(text) + 3 - half :]}"


def _ends(items: list[Any], most: int) -> Iterable[Any]:
    half = most // 2
    return items if len(items) <= most else [*items[:half], *items[-half:]]


def encoded(event: Mapping[str, Any]) -> bytes:
    """Return an event as JSON; where JSON can't hold it as it is, what `plain` makes of it."""
    try:
        return json.dumps(event, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, TypeError, RecursionError):
        return json.dumps(plain(event), separators=(",", ":")).encode()


def shrunk(event: bytes) -> bytes:
    """Return an event, as JSON, cut to what says most; as it is where it isn't JSON."""
    try:
        return encoded(plain(json.loads(event), LITTLE_TEXT, FEW_ITEMS))
    except (ValueError, RecursionError):
        return event
