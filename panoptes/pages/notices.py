"""What was just done, said on the page after it.

The address tells it. It can only choose among these sentences: a link
must not be able to put words into our mouth.
"""

from werkzeug.datastructures import MultiDict

NOTICES = {
    "signed-out": "You are signed out.",
    "renamed": "The workflow has its new name.",
    "cancelled": "The workflow is cancelled. Snakemake itself goes on until you stop it.",
    "deleted": "The workflow and its runs are deleted.",
    "selected-cancelled": "The selected workflows are cancelled. Snakemake itself goes on.",
    "selected-cancelled-some": "Some of the selected workflows are cancelled; others had ended.",
    "selected-deleted": "The selected workflows and their runs are deleted.",
    "selected-deleted-some": "Some of the selected workflows are deleted; others run.",
    "emptied": "All workflows are deleted.",
}


def notice(args: MultiDict[str, str]) -> str | None:
    """Return what was just done, in words."""
    return NOTICES.get(args.get("done", ""))
