"""The body of a request: a form, or JSON with or without a content type."""

import codecs
import json
import re
from binascii import a2b_qp
from collections.abc import Iterator
from typing import Any

from panoptes.engines.problems import Broken, TooMuch, holds_too_much

MAX_FIELDS = 100
# A letter beyond Latin-1 makes a text two or four times as large as its bytes, and what is read
# from it again.
MAX_WIDE = 4 * 2**20


def fields(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the fields of a request body.

    Snakemake 7.32 sends JSON without any content type and all others a form, so the first
    character decides, and the content type only where there is no such hint. Raises Broken.
    """
    if body.lstrip()[:1] == b"{":
        return json_fields(body)
    if "json" in content_type.lower():
        raise Broken("body", "It isn't a JSON object.")
    if body.count(b"&") >= MAX_FIELDS:
        raise Broken("body", f"It isn't a form of at most {MAX_FIELDS} fields.")
    pairs = [pair for pair in body.split(b"&") if pair][::-1]
    got = {}
    while pairs:  # Each is let go of as it is read: one may be ten megabytes.
        name, _, value = pairs.pop().partition(b"=")
        got[_decode(name)] = _decode(value)
    return got


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
    return _text(text)


_PIECE = 2**16
# In JSON, also in JSON that is a text in JSON.
_WIDE_ESCAPE = re.compile(rb"\\u(?!00)[0-9a-fA-F]{4}")
_ESCAPE_LENGTH = 6


def _text(body: bytes) -> str:
    """Return the text of bytes in UTF-8.

    In one of more than MAX_WIDE bytes, letters beyond Latin-1 become question marks.
    """
    if len(body) <= MAX_WIDE or (body.isascii() and b"\\u" not in body):
        return body.decode("utf-8", "replace")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    narrow = bytearray()
    for piece in _pieces(body):
        text = decoder.decode(_WIDE_ESCAPE.sub(rb"\\u003f", piece))
        narrow += text.encode("latin-1", "replace")
    return narrow.decode("latin-1")


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield a body piece by piece, each escape whole."""
    at = 0
    while at < len(body):
        end = at + _PIECE
        backslash = body.rfind(b"\\", end - _ESCAPE_LENGTH, end)
        end = end if backslash < 0 else backslash
        yield body[at:end]
        at = end


NESTED = "It is nested deeper than any client sends."


def json_fields(body: bytes) -> dict[str, Any]:
    """Return the fields of a JSON object. Raises Broken and, as a kind of it, TooMuch."""
    text = _text(body)
    if holds_too_much(text):
        raise TooMuch("body", "It holds more values than any client sends.")
    try:
        parsed = json.loads(text)
    except RecursionError as error:
        raise TooMuch("body", NESTED) from error
    except ValueError as error:
        raise Broken("body", "It begins like a JSON object but isn't one.") from error
    if not isinstance(parsed, dict):
        raise Broken("body", "It isn't a JSON object.")
    return parsed
