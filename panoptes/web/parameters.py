"""What an address may ask for: one reader a kind of value, and the sentence for what it refuses.

The API answers with that sentence; a page passes over what makes no sense.
"""

from collections.abc import Collection, Sequence

from panoptes.common.errors import BadRequest
from panoptes.common.status import Status
from panoptes.models.message import LEVELS

# The largest number that every database takes in an Integer column.
MAX_NUMBER = 2**31 - 1
# A century: the calendar begins long before.
MOST_DAYS = 36_500


def status_named(text: str, known: Sequence[Status]) -> Status | None:
    """Return the status of this name, in whichever case; None for no name. Raises BadRequest."""
    if not text:
        return None
    found = next((status for status in known if status.value.lower() == text.lower()), None)
    if found is None:
        raise BadRequest(f"status: give one of {', '.join(known)}.")
    return found


def sort_key(text: str, known: Collection[str]) -> str:
    """Return by what to sort, with `-` before it the other way round. Raises BadRequest."""
    if text and text.removeprefix("-") not in known:
        raise BadRequest(f"sort: give one of {', '.join(known)}, with - before it to turn it.")
    return text


def wildcard_pair(text: str) -> tuple[str, str] | None:
    """Return the name and value of `sample=K7`; None for no text. Raises BadRequest."""
    if not text:
        return None
    name, equals, value = text.partition("=")
    if not equals:
        raise BadRequest("wildcard: give its name and value, such as sample=K7.")
    return name, value


def level_named(text: str) -> str | None:
    """Return a level of log lines; None for no text. Raises BadRequest."""
    if text and text not in LEVELS:
        raise BadRequest(f"level: give one of {', '.join(LEVELS)}.")
    return text or None
