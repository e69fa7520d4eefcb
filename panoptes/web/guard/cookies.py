"""How cookies are set: out of reach of scripts and of other sites."""

from flask import request
from werkzeug.wrappers import Response


def set_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie for `max_age` seconds, or until the browser closes."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path=_path(),
        secure=came_by_tls(),
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path=_path(), secure=came_by_tls(), httponly=True, samesite="Lax")


def came_by_tls() -> bool:
    """Return whether the browser speaks TLS, to us or to what stands before us.

    It tells the address of its page with each form that it sends, whoever passes it on.
    """
    return request.is_secure or request.headers.get("Origin", "").startswith("https://")


def _path() -> str:
    return f"{request.script_root}/"
