"""Signing in with a token, and out."""

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from panoptes.common.errors import Problem
from panoptes.models.token import Right
from panoptes.web.guard import sessions
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import find_visitor
from panoptes.web.pages.blueprint import blueprint
from panoptes.web.pages.notices import notice

Answer = str | Response | tuple[str, int, dict[str, str]]


@blueprint.get("/login")
@needs(None)
def login_form() -> Answer:
    """Ask for a token, where one is needed."""
    if find_visitor().may(Right.READ):
        return redirect(url_for(".overview"))
    return render_template("login.html", target="", notice=notice())


@blueprint.post("/login")
@needs(None)
def login() -> Answer:
    """Let somebody in who has a token that may look."""
    target = _ours(request.form.get("target", ""))
    try:
        sessions.sign_in(request.form.get("token", ""))
    except Problem as problem:
        page = render_template("login.html", target=target, problem=problem.sentence)
        return page, problem.status, problem.headers
    return redirect(target or url_for(".overview"), 303)


@blueprint.post("/logout")
@needs(None)
def logout() -> Response:
    """Let a browser forget its token."""
    session.clear()
    return redirect(url_for(".login_form", done="signed-out"), 303)


def _ours(target: str) -> str:
    """Return an address of this server, empty for one that leads elsewhere.

    Browsers take two slashes, or a backslash, or one after a tab, for the begin of another host.
    """
    is_ours = target[:1] == "/" and target[1:2] not in ("/", "\\") and target.isprintable()
    return target if is_ours else ""
