"""Who may ask for what: each request passes here before a route sees it.

`hosts` knows by which names this server is asked for, `origin` where a change comes from, `cors`
which other sites may ask, `rights` what each route needs, `access` whether who asks may, `forms`
that a change was asked for on a page of ours, `embedding` who may frame a page; `headers` marks
every answer.
"""

from collections.abc import Set
from functools import partial

from flask import Flask, Response, request

from panoptes.web.guard import (
    access,
    cors,
    embedding,
    forms,
    origin,
    rights,
    sessions,
    visitors,
)
from panoptes.web.services import services

__all__ = ["init_app"]


def init_app(app: Flask, key: bytes) -> None:
    """Guard every request and mark every answer of an app that has its routes.

    The key signs sessions.
    """
    sessions.init_app(app, key)
    embedding.init_app(app)
    # Everybody may see what pages look like.
    rights.needs(None)(app.view_functions["static"])
    for function in (
        forms.csrf_token,
        visitors.visitor,
        visitors.may_change,
        visitors.may_change_all,
        visitors.may_change_some,
        visitors.may_change_workflow,
    ):
        app.add_template_global(function)
    # Whatever the method: such an address answers alike through Flask and past it.
    guarding_themselves = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], "guards_itself")
    }
    app.before_request(partial(check, guarding_themselves))
    app.after_request(cors.add_headers)
    app.after_request(embedding.add_headers)


def check(guarding_themselves: Set[str]) -> Response | None:
    """Refuse what may not be, and answer what asks only what may be. Raises errors.Problem."""
    if (request.url_rule.rule if request.url_rule else request.path) in guarding_themselves:
        return None
    if request.endpoint != "static":  # The page with a refusal looks as it should.
        services().hosts.check(request.environ.get("HTTP_HOST"))
    answer = cors.preflight()
    if answer is not None:
        return answer
    needed = rights.need()
    if not cors.brings_a_token():
        origin.check(needed)
    access.check(needed)
    if request.blueprint == "pages":  # The API takes no forms.
        visitors.find_visitor()  # Signing in and out is for everybody, so nobody may have looked.
        forms.check()
    return None
