"""Each form carries a mark that only our own pages can have written.

A browser gets a random name in a cookie, and each form the signature of that name and of whoever
signed in. Another site's page knows neither, however old the browser is.
"""

import hashlib
import re
import secrets

from flask import Response, g, request
from itsdangerous import Signer

from panoptes.common.errors import OldForm
from panoptes.web.guard.cookies import set_cookie
from panoptes.web.guard.rights import SAFE_METHODS
from panoptes.web.guard.visitors import find_visitor, visitor
from panoptes.web.services import services

FIELD = "form_token"
_NAME = re.compile(r"[\w-]{20,40}", re.ASCII)


def form_token() -> str:
    """Return the mark of this browser's forms."""
    return _signer().get_signature(_owner(browser_name())).decode()


def browser_name() -> str:
    """Return the asking browser's name; one that has none gets it with the answer."""
    if "browser" not in g:
        g.browser = known_browser() or secrets.token_urlsafe(16)
    return str(g.browser)


def check() -> None:
    """Refuse a form of a page that isn't ours. Raises OldForm.

    The API takes no forms; that is what `origin` looks at.
    """
    if request.blueprint != "pages" or request.method in SAFE_METHODS:
        return
    find_visitor()  # Signing in and out is for everybody, so nobody may have looked yet.
    browser, mark = known_browser(), request.form.get(FIELD, "")
    if browser is None or not _signer().verify_signature(_owner(browser), mark):
        raise OldForm(
            "This form is out of date, or the browser takes no cookies; nothing was changed."
            " Go back, reload the page and try again."
        )


def name_browser(response: Response) -> Response:
    """Tell a browser the name that its forms were made for."""
    if "browser" in g and g.browser != known_browser():
        set_cookie(response, services().keys.form_cookie, g.browser)
    return response


def known_browser() -> str | None:
    """Return the name that the asking browser was given; None for one that brings none."""
    name = request.cookies.get(services().keys.form_cookie, "")
    return name if _NAME.fullmatch(name) else None


def _owner(browser: str) -> str:
    """Return for whom a mark is made: the browser, and who signed in with it."""
    return f"{browser}.{visitor().name or ''}"


def _signer() -> Signer:
    return Signer(services().keys.secret, salt="panoptes.forms", digest_method=hashlib.sha256)
