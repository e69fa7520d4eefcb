"""Who may ask for what: each request passes here before a route sees it.

`hosts` knows by which names this server is asked for, `origin` where a change comes from;
`headers` marks every answer.
"""

from flask import Flask

from panoptes.config import Settings
from panoptes.guard import headers, hosts, origin

__all__ = ["init_app"]


def init_app(app: Flask, settings: Settings) -> None:
    """Guard every request and mark every answer."""
    hosts.init_app(app, settings)
    app.before_request(check)
    app.after_request(headers.add_headers)


def check() -> None:
    """Refuse what may not be. Raises errors.Problem."""
    hosts.check()
    origin.check()
