"""Cleans the text of strangers, so that every database takes it and every page can show it."""

import re
import unicodedata

# What stands for a secret that was taken out: here, and where our own client did it (`sender/`).
BLOT, BLOT_OF_SENDER = "…", "***"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


_SURROGATES = re.compile("[\ud800-\udfff]+")


def clean_text(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which PostgreSQL refuses to store."""
    if not text.isascii():
        text = _SURROGATES.sub(REPLACEMENT, text)
    return text.replace("\0", REPLACEMENT)


# What takes a place, or none, and shows nothing, beside the formats and blanks of Unicode: fillers,
# the empty Braille cell, and marks that only choose how a letter looks.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def clean_name(text: str) -> str:
    """Return a name as people see it: without what shows nothing, and with single blanks.

    Otherwise two names could look alike, or one like none. It is empty where nothing would show.
    """
    name = " ".join(_UNSEEN.sub("", clean_text(text)).split())
    if not name.isprintable():
        name = "".join(each for each in name if unicodedata.category(each) not in ("Cc", "Cf"))
        name = " ".join(name.split())
    return name if name.strip(f"{REPLACEMENT} ") else ""


# Unicode has symbols for ASCII control characters; others, such as those that change the direction
# of text, are written as escapes.
_SYMBOLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {127: 0x2421}
_HIDDEN = [*range(0x80, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
_VISIBLE = _SYMBOLS | {code: f"\\u{code:04x}" for code in _HIDDEN}


def visible(text: str) -> str:
    """Return `text` with control characters made visible, so that none of them moves a cursor."""
    return text.translate(_VISIBLE)


def end_of_text(content: bytes, most: int) -> bytes:
    """Return the end of a text in UTF-8, of at most so many bytes.

    It begins with the first whole line, or the first whole character where lines are long.
    """
    if len(content) <= most:
        return content
    content = content[-most:]
    line_end = content.find(b"\n", 0, most // 2)
    if line_end >= 0:
        return content[line_end + 1 :]
    return content.lstrip(bytes(range(0x80, 0xC0))) or content


_WORD = re.compile(r"\S+")
_SECRET = re.compile(
    r"([?&;][\w.-]*(?:password|passwd|pwd|token|secret|key|sig|signature)=)[^&;#\s]+", re.IGNORECASE
)


def without_passwords(text: str) -> str:
    """Return `text` whose addresses have no users, passwords and tokens, in linear time."""
    if "://" not in text:
        return text
    return _WORD.sub(lambda word: _without_user(word[0]), text)


def _without_user(word: str) -> str:
    scheme, found, rest = word.partition("://")
    # Up to the last @ of the word: a password may hold one.
    return scheme + found + without_secret_parameters(rest.rpartition("@")[2] if found else rest)


def without_secret_parameters(address: str) -> str:
    """Return an address with an ellipsis for each password or token among its parameters."""
    return _SECRET.sub(r"\1…", address)


_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def number_or_text(text: str | None) -> int | str | None:
    """Return the number where the client sent one: ids and priorities are kept as text."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else text
