"""What was just done, said on the page after it.

The address tells it. It can only choose among these sentences: a link
must not be able to put words into our mouth.
"""

from werkzeug.datastructures import MultiDict

NOTICES = {
    "signed-out": "You are signed out.",
    "renamed": "The workflow has its new name.",
    "cancelled": "The workflow is cancelled. Snakemake itself goes on until you stop it.",
    "selected-cancelled": "The selected workflows are cancelled. Snakemake itself goes on.",
    "selected-cancelled-some": "Some of the selected workflows are cancelled; others had ended.",
    "selected-deleted-some": "Some of the selected workflows are deleted; others run.",
    "restored": "What was deleted is back.",
    "renamed-back": "What was deleted is back. Where its name is taken now, it has a suffix.",
    "too-late": "It can't be brought back: deleted workflows are kept for 10 minutes.",
}


def notice(args: MultiDict[str, str]) -> str | None:
    """Return what was just done, in words."""
    return NOTICES.get(args.get("done", ""))
