"""What was just done, said on the page after it.

The address tells it. It can only choose among these sentences: a link
must not be able to put words into our mouth.
"""

from flask import request

NOTICES = {
    "signed-out": "You are signed out.",
    "renamed": "The workflow was renamed.",
    "joined": "The runs were moved here.",
    "stop-asked": "The run has been asked to stop.",
    "cancelled": "The run is cancelled: it is no longer watched. Its engine is not stopped.",
    "resumed": "The run is watched again, with all that it reported meanwhile.",
    "resume-too-late": "Too late to undo: the run stays cancelled.",
    "selected-cancelled": "The selected workflows are cancelled. panoptes can't stop the engines.",
    "selected-cancelled-some": "Some of the selected workflows are cancelled; others had ended.",
    "selected-deleted-some": "Some of the selected workflows are deleted; others are running.",
    "restored": "Deleted workflows are restored.",
    "renamed-back": "Deleted workflows are restored, with a suffix where the name is now taken.",
    "run-restored": "The deleted run is restored.",
    "run-too-late": "Too late to undo: a deleted run is kept for 10 minutes.",
    "too-late": "Too late to undo: deleted workflows are kept for 10 minutes.",
}


def notice() -> str | None:
    """Return what was just done, in words."""
    return NOTICES.get(request.args.get("done", ""))
