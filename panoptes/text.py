"""Cleans text at every door, so that every database takes it and every page can show it."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean_text(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which PostgreSQL refuses to store."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", REPLACEMENT)
