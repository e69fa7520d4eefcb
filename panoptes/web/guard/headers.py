"""What every answer tells the browser to forbid."""

from collections.abc import Mapping, Sequence

from flask import Response

POLICY = "Content-Security-Policy"
NO_FRAMES = "frame-ancestors 'none'"
HEADERS = {
    "Cache-Control": "private, no-cache",
    POLICY: (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        f"{NO_FRAMES}; form-action 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def framed_by(origins: Sequence[str]) -> Mapping[str, str]:
    """Return the headers of an answer that pages of these origins may frame."""
    # X-Frame-Options can't name several origins; browsers that know the policy don't need it.
    others = {name: value for name, value in HEADERS.items() if name != "X-Frame-Options"}
    return others | {
        POLICY: HEADERS[POLICY].replace(NO_FRAMES, f"frame-ancestors {' '.join(origins)}")
    }


def add(response: Response, headers: Mapping[str, str]) -> Response:
    """Add the security headers, and keep answers out of caches that others share.

    The browser may keep one, but asks whether it still holds: somebody else may sit before it.
    """
    # All at once: to ask for each takes longer than to answer that nothing changed.
    known = {name.lower() for name, _ in response.headers}
    response.headers.extend(
        [(name, value) for name, value in headers.items() if name.lower() not in known]
    )
    return response
