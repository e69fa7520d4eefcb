"""Makes texts of strangers harmless: no character of them does anything to a terminal."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from panoptes.common.text import clean_text, visible

Model = TypeVar("Model")
_BREAKS = str.maketrans({"\n": "␊", "\t": "␉"})


def lines(text: str) -> str:
    """Return a text in which only line breaks and tabs do something to a terminal."""
    return visible(clean_text(text))


def one_line(text: str) -> str:
    """Return a text as one line, its control characters visible."""
    return lines(text).translate(_BREAKS)


def harmless(model: Model) -> Model:
    """Return a result of the client with harmless texts; only errors keep their line breaks."""
    cleaned = {
        each.name: _clean(getattr(model, each.name), lines if each.name == "error" else one_line)
        for each in fields(model)  # type: ignore[arg-type]
        if each.name != "raw"
    }
    return replace(model, **cleaned)  # type: ignore[type-var]


def _clean(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean(each, clean) for each in value]
    if isinstance(value, dict):
        return {clean(name): _clean(each, clean) for name, each in value.items()}
    return harmless(value) if is_dataclass(value) else value
