"""What is wrong with something a client sent."""

import re

# A job with 120,000 inputs sends each twice, once in its reason.
MAX_VALUES = 1_000_000
# Of lists and maps; no event has a thousand, and each takes ten times the memory of a text.
MAX_CONTAINERS = 100_000

_TEXT = re.compile(r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\"""", re.DOTALL)


class Broken(ValueError):
    """A field that can't be understood.

    `field` is its name in the request, `reason` a sentence for the person who reads the answer.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def holds_too_much(text: str) -> bool:
    """Return whether a text in JSON, or a repr, holds more than any client sends.

    It would take seconds and half a gigabyte of memory.
    """
    if text.count(",") > MAX_VALUES:
        return True
    # Names of files may have brackets.
    return _containers(text) > MAX_CONTAINERS and _containers(_TEXT.sub("", text)) > MAX_CONTAINERS


def _containers(text: str) -> int:
    return text.count("[") + text.count("{")
