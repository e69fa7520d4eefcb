"""Turns what went wrong into JSON for programs, an HTML page for people, with its true status."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from panoptes.common.errors import Problem, Unauthorized, Unavailable, database_reason
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.database.writer import BUSY
from panoptes.web.ga4gh import WES

RETRY_AFTER = "5"
# What programs ask for, beside all under /api/ and of WES, whose standard has a shape of its own.
_OF_PROGRAMS = ("/create_workflow", "/update_workflow_status", "/metrics")
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address doesn't support this method.",
    413: "The request is too large.",
}

log = logging.getLogger(__name__)
# A disk that is full is so for each request.
troubles = RateLimitedLog(log)


def init_app(app: Flask) -> None:
    """Answer every error in the shape that its address promises."""
    app.register_error_handler(Problem, on_problem)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(Exception, on_mistake)


def on_problem(problem: Problem) -> Response:
    """Something that a request can't have."""
    response = answer(problem.status, problem.sentence, **problem.fields)
    response.headers.update(problem.headers)
    return response


def on_http_error(error: HTTPException) -> Response:
    """Flask's own: an unknown address, a method that it doesn't take, a body too large."""
    response = answer(error.code or 500, sentence_of(error))
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def sentence_of(error: HTTPException) -> str:
    """Return what people are told of an error of Flask's."""
    return _SENTENCES.get(error.code or 500, error.description or "")


def on_database_error(error: DBAPIError) -> Response:
    """Locked, full or away; all else is a mistake of ours."""
    if not (isinstance(error, OperationalError) or error.connection_invalidated):
        return on_mistake(error)
    troubles.error("The database failed: %s", database_reason(error))
    return answer(Unavailable.status, BUSY)


def on_mistake(error: Exception) -> Response:
    """A mistake of ours: the log has the details, the answer none."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return answer(500, "Something went wrong on the server; its log has the details.")


def answer(status: int, sentence: str, **more: Any) -> Response:
    """Return an error as JSON or as a page; `more` are further fields of the JSON."""
    if request.path.startswith(WES):
        response = jsonify({"msg": sentence, "status_code": status})
    elif request.path.startswith("/api/") or request.path in _OF_PROGRAMS:
        response = jsonify({"msg": sentence, **more})
    else:
        response = make_response(_page(status, sentence))
    response.status_code = status
    if status == Unavailable.status:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _page(status: int, sentence: str) -> str:
    if status == Unauthorized.status:
        # Who has signed in comes back to what he asked for.
        target = request.script_root + request.full_path if request.method == "GET" else ""
        return render_template("login.html", target=target)
    title = HTTPStatus(status).phrase
    return render_template("error.html", status=status, title=title, sentence=sentence)
