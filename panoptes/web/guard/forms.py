"""Each form carries a mark that only our own pages can have written.

The mark is a random text in the browser's session, which ends when somebody signs in or out.
Another site's page can't read it, however old the browser is.
"""

import secrets

from flask import request, session
from werkzeug.exceptions import RequestEntityTooLarge

from panoptes.common.errors import Forbidden
from panoptes.web.guard.rights import SAFE_METHODS

FIELD = "csrf_token"
# Bytes of a form: enough for the ids of 10,000 workflows. To read ten megabytes of empty fields
# takes half a gigabyte.
MAX_FORM = 200_000


def csrf_token() -> str:
    """Return the mark of this browser's forms; a browser without one gets it with the answer."""
    return known_csrf_token() or str(session.setdefault(FIELD, secrets.token_urlsafe(16)))


def known_csrf_token() -> str:
    """Return the mark that the asking browser was given; empty for a browser without one."""
    return str(session.get(FIELD, ""))


def check() -> None:
    """Refuse a form of a page that isn't ours. Raises Forbidden and RequestEntityTooLarge."""
    if request.method in SAFE_METHODS:
        return
    if len(request.get_data()) > MAX_FORM:
        raise RequestEntityTooLarge
    known, sent = known_csrf_token().encode(), request.form.get(FIELD, "")
    if not known or not secrets.compare_digest(known, sent.encode("utf-8", "replace")):
        raise Forbidden(
            "This form is out of date, or the browser refuses cookies; nothing was changed."
            " Go back, reload the page and try again."
        )
