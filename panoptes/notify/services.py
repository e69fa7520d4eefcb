"""Sends to chats, mail and phones through apprise, which is loaded where somebody wants that only.

Apprise takes a fifth of a second to load, and its words may quote the address: its log goes
nowhere, and what is told of a failure is cleaned.
"""

import logging
import re
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

from panoptes import __version__
from panoptes.config.recipients import Facts

_TYPES = {"done": "success", "recovered": "success", "failure": "warning", "stale": "warning"}
_TYPES |= {"error": "failure"}
# Shorter pieces of an address would be found in any sentence, and keep nothing secret.
_LEAST_SECRET = 4
_LONGEST_REASON = 200


def problem(url: str) -> str | None:
    """Return why an address can't be sent to, None where it can."""
    if find_spec("apprise") is None:
        return "needs more: pip install 'panoptes-ui[notify]'"
    if _service(url) is None:
        return "is no address that apprise knows: https://appriseit.com/services/ has all forms"
    return None


def send(url: str, facts: Facts) -> str | None:
    """Send what is told; return why that failed, in words without secrets, None where it didn't."""
    import apprise

    sender = apprise.Apprise(_service(url))
    body = "\n".join(filter(None, (facts["text"], facts["url"])))
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        try:
            sent = sender.notify(
                body,
                title=facts["title"],
                notify_type=_TYPES.get(facts["event"], "info"),
                body_format=apprise.NotifyFormat.TEXT,
            )
        except Exception as error:  # noqa: BLE001  # One of a hundred plugins must not end us.
            return type(error).__name__
        reason = said.getvalue()
    return None if sent else _cleaned(reason, url)


def _service(url: str) -> Any:
    """Return apprise's way to an address, None where it knows none."""
    # Before it is loaded: it begins to talk at once.
    logging.getLogger("apprise").propagate = False
    import apprise

    asset = apprise.AppriseAsset(
        app_id="panoptes", app_desc=f"panoptes {__version__}", secure_logging=True
    )
    return apprise.Apprise.instantiate(url, asset=asset)


def _cleaned(reason: str, url: str) -> str:
    """Return the last line of what apprise said, without any piece of the address."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    text = lines[-1].rstrip(".") if lines else "apprise could not send it"
    address = url.partition("://")[2]
    pieces = {piece for each in (address, unquote(address)) for piece in re.split(r"\W", each)}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= _LEAST_SECRET:
            text = text.replace(piece, "…")
    return text[:_LONGEST_REASON]
