"""The body of a request: a form, or JSON with or without a content type."""

import json
from typing import Any
from urllib.parse import unquote_to_bytes

from panoptes.engines.problems import MAX_VALUES, Broken

MAX_FIELDS = 100


def fields(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a request body.

    Snakemake 7.32 sends JSON without any content type and all others a form, so the first
    character decides, and the content type only where there is no such hint. Raises Broken.
    """
    if body.lstrip()[:1] == b"{":
        return _json_fields(body)
    if "json" in content_type.lower():
        raise Broken("body", "It isn't a JSON object.")
    if body.count(b"&") >= MAX_FIELDS:
        raise Broken("body", f"It isn't a form of at most {MAX_FIELDS} fields.")
    pairs = (pair.partition(b"=") for pair in body.split(b"&") if pair)
    return {_decode(name): _decode(value) for name, _, value in pairs}


# What JSON is full of. Each replacement takes a tenth of what the library's loop needs for it, and
# none makes a new escape: none yields a "%" or a digit.
_FREQUENT = tuple((f"%{ord(mark):02X}".encode(), mark.encode()) for mark in "\"{}[]:,/\\'=;()<>|&")


def _decode(text: bytes) -> str:
    """Return a form's text without its escapes, which are those of UTF-8."""
    text = text.replace(b"+", b" ")
    if b"%" in text:
        for escape, mark in _FREQUENT:
            text = text.replace(escape, mark)
        text = unquote_to_bytes(text)
    return text.decode("utf-8", "replace")


def _json_fields(body: bytes) -> dict[str, Any]:
    if body.count(b",") > MAX_VALUES:
        raise Broken("body", f"It holds more than {MAX_VALUES} values.")
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken("body", "It begins like a JSON object but isn't one.") from error
    if not isinstance(parsed, dict):
        raise Broken("body", "It isn't a JSON object.")
    return parsed
