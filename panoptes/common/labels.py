"""What may be said of a run beside what its engine tells: labels to find it by, and a note."""

from collections.abc import Iterable, Sequence

from panoptes.common.errors import BadRequest
from panoptes.common.text import clean_name, clean_text

MOST_LABELS, MAX_LABEL, MAX_NOTE = 20, 60, 5_000


def clean_labels(texts: Iterable[str]) -> list[str]:
    """Return labels as they are kept: as people see them, each once, empty ones left out.

    A comma parts two of them, for that is how they are typed.
    """
    typed = (each for text in texts for each in text.split(","))
    return [label for label in dict.fromkeys(map(clean_name, typed)) if label]


def check_labels(labels: Sequence[str]) -> None:
    """Refuse labels that are too many or too long. Raises BadRequest."""
    if len(labels) > MOST_LABELS:
        raise BadRequest(f"A run has at most {MOST_LABELS} labels, and these are {len(labels)}.")
    if any(len(label) > MAX_LABEL for label in labels):
        raise BadRequest(f"A label has at most {MAX_LABEL} characters.")


def check_note(note: str) -> None:
    """Refuse a note that is too long. Raises BadRequest."""
    if len(note) > MAX_NOTE:
        raise BadRequest(f"A note has at most {MAX_NOTE:,} characters.")


def clean_note(text: str) -> str | None:
    """Return a note as it is kept; None where nothing is in it."""
    return "\n".join(clean_text(text).splitlines()).strip() or None
