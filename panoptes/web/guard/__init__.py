"""Who may ask for what: each request passes here before a route sees it.

`hosts` knows by which names this server is asked for, `origin` where a change comes from, `cors`
which other sites may ask, `rights` what each route needs, `access` whether who asks may, `forms`
that a change was asked for on a page of ours; `headers` marks every answer.
"""

from flask import Flask, Response, request

from panoptes.web.guard import (
    access,
    cors,
    forms,
    headers,
    hosts,
    origin,
    rights,
    sessions,
    visitors,
)

# Where engines report: what is refused there is told with codes that end no pipeline.
DOORS = frozenset({"/update_workflow_status"})

__all__ = ["init_app"]


def init_app(app: Flask, key: bytes) -> None:
    """Guard every request and mark every answer; the key signs sessions."""
    sessions.init_app(app, key)
    # The looks of the pages that everybody may see.
    rights.needs(None)(app.view_functions["static"])
    for function in (forms.csrf_token, visitors.visitor, visitors.may_change):
        app.add_template_global(function)
    app.before_request(check)
    app.after_request(cors.add_headers)
    app.after_request(headers.add_headers)


def check() -> Response | None:
    """Refuse what may not be, and answer what asks only what may be. Raises errors.Problem."""
    if request.path in DOORS:
        return None  # Events are guarded by `updates`, with or without Flask.
    hosts.check()
    answer = cors.preflight()
    if answer is not None:
        return answer
    if not cors.brings_a_token():
        origin.check()
    access.check()
    if request.blueprint == "pages":  # The API takes no forms.
        visitors.find_visitor()  # Signing in and out is for everybody, so nobody may have looked.
        forms.check()
    return None
