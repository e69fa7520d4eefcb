"""The body of a request: a form, or JSON with or without a content type."""

import json
import re
from binascii import a2b_qp
from typing import Any

from panoptes.engines.problems import Broken, holds_too_much

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


_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# Who writes a form by hand may forget to escape a percent sign, but not so often.
MAX_PERCENT_SIGNS = 1000


def _decode(text: bytes) -> str:
    """Return a form's text without its escapes, which are those of UTF-8. Raises Broken."""
    text = text.replace(b"+", b" ")
    if b"%" in text:
        text, signs = _NO_ESCAPE.subn(b"%25", text, count=MAX_PERCENT_SIGNS)
        if signs == MAX_PERCENT_SIGNS:
            raise Broken("body", "It isn't a form: % must be escaped, as %25.")
        # Quoted-printable differs only in its sign; the library's function for forms makes an
        # object of each escape, and takes 1.2 s and 780 MB for 10 MB of them.
        text = a2b_qp(text.replace(b"=", b"=3D").replace(b"%", b"="))
    return text.decode("utf-8", "replace")


def _json_fields(body: bytes) -> dict[str, Any]:
    if holds_too_much(body.decode("utf-8", "replace")):
        raise Broken("body", "It holds more values than any client sends.")
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Broken("body", "It begins like a JSON object but isn't one.") from error
    if not isinstance(parsed, dict):
        raise Broken("body", "It isn't a JSON object.")
    return parsed
