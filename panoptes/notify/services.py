"""Sends to chats, mail and phones through apprise.

Apprise takes a fifth of a second to load, so it is loaded only where somebody wants that. Its
messages may quote the address: they are not logged, and the reason of a failure is cleaned.
"""

import logging
import re
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

from panoptes import __version__
from panoptes.notify import Payload

_TYPES = {"done": "success", "recovered": "success", "failure": "warning", "stale": "warning"}
_TYPES |= {"error": "failure", "failed-again": "failure", "late": "warning", "slow-job": "warning"}
# Shorter pieces of an address are in any sentence, and give nothing away.
_MIN_SECRET = 4
_MAX_REASON = 200


def problem(url: str) -> str | None:
    """Return why nothing can be sent to an address, None where it can."""
    if find_spec("apprise") is None:
        return "needs an extra: pip install 'panoptes-ui[notify]'"
    if _service(url) is None:
        return "isn't an address that apprise knows: see https://appriseit.com/services/"
    return None


def send(url: str, payload: Payload) -> str | None:
    """Send a payload's text; return None, or a reason without secrets why that failed."""
    import apprise

    sender = apprise.Apprise(_service(url))
    body = "\n".join(filter(None, (payload["text"], payload["url"])))
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as output:  # type: ignore[no-untyped-call]
        try:
            sent = sender.notify(
                body,
                title=payload["title"],
                notify_type=_TYPES.get(payload["event"], "info"),
                body_format=apprise.NotifyFormat.TEXT,
            )
        except Exception as error:  # noqa: BLE001  # One of a hundred plugins must not end us.
            return type(error).__name__
        reason = output.getvalue()
    return None if sent else _cleaned(reason, url)


def _service(url: str) -> Any:
    """Return apprise's plugin for an address, None where it has none."""
    # Before it is loaded: it begins to log at once.
    logging.getLogger("apprise").propagate = False
    import apprise

    asset = apprise.AppriseAsset(
        app_id="panoptes", app_desc=f"panoptes {__version__}", secure_logging=True
    )
    return apprise.Apprise.instantiate(url, asset=asset)


def _cleaned(reason: str, url: str) -> str:
    """Return the last line that apprise logged, without any piece of the address."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    text = lines[-1].rstrip(".") if lines else "apprise couldn't send it"
    address = url.partition("://")[2]
    pieces = {*re.split(r"\W", address), *re.split(r"\W", unquote(address))}
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= _MIN_SECRET:
            text = text.replace(piece, "…")
    return text[:_MAX_REASON]
