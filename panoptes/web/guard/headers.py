"""What every answer tells the browser to forbid."""

from flask import Response

HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def add_headers(response: Response) -> Response:
    """Add the security headers, and keep answers out of caches that others share.

    The browser may keep one, but asks whether it still holds: somebody else may sit before it.
    """
    # All at once: to ask for each takes longer than to answer that nothing changed.
    known = {name.lower() for name, _ in response.headers}
    response.headers.extend(
        [(name, value) for name, value in HEADERS.items() if name.lower() not in known]
    )
    return response
