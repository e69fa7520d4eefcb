"""Cleans text at every door, so that every database takes it and every page can show it."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which PostgreSQL refuses to store."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", REPLACEMENT)


_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def number_or_text(text: str | None) -> int | str | None:
    """Return the number where the client sent one: ids and priorities are kept as text."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else text
