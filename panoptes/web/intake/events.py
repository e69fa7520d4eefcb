"""Takes the events of workflow engines: `POST /update_workflow_status`, and what it is answered.

A Snakemake from 5.32 to 8 ends the user's pipeline when an update is answered with 401, 403, 404
or 500, and each event blocks it until the answer. So an update gets 200 for everything that is
understood or deliberately ignored (also for want of a token), 400 for what is broken (413 where it
is too large), and 503 when it can't be taken now.

It is answered without Flask, whose way to a view and back takes as long as all that an event does.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import Problem, Unavailable, database_reason
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.database.connections import writer_of
from panoptes.database.writer import BUSY
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.body import read_update
from panoptes.engines.snakemake.levels import read_event
from panoptes.engines.snakemake.message import read_message
from panoptes.ingest.apply import COPY, NOT_ALLOWED, OK, ingest
from panoptes.ingest.counters import result_of
from panoptes.models.run_state import DIGEST_SIZE
from panoptes.web.errors import RETRY_AFTER, sentence_of
from panoptes.web.guard.headers import HEADERS
from panoptes.web.guard.updates import UpdateGuard
from panoptes.web.services import services_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/update_workflow_status"
# Events of which this process knows that it has taken them.
REMEMBERED = 10_000
NOISE = "This level says nothing about the run."
TROUBLE = "Something went wrong with this event on the server; its log has the details."

# A status code and what is told with it.
Answer = tuple[int, dict[str, Any]]

log = logging.getLogger(__name__)
refused = RateLimitedLog(log)
troubles = RateLimitedLog(log)
mistakes = RateLimitedLog(log)


class Intake:
    """A WSGI app that takes events and leaves every other request to Flask's."""

    def __init__(self, app: Flask, behind: "WSGIApplication") -> None:
        self._behind = behind
        services = services_of(app)
        self._guard = UpdateGuard(services)
        self._writer = writer_of(app)
        self._tally = services.counters
        self._listeners = services.notifier.subscriptions
        self._max_body: int = app.config["MAX_CONTENT_LENGTH"]
        self._taken: set[tuple[int, bytes]] = set()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        if environ["PATH_INFO"] != PATH:
            return self._behind(environ, start_response)
        began = perf_counter()
        request = Request(environ)
        request.max_content_length = self._max_body
        status, told = self._answer(request)
        self._tally.count(result_of(status, told["msg"] == OK), began)
        return _respond(status, told, start_response)

    def _answer(self, request: Request) -> Answer:
        try:
            if request.method != "POST":
                raise MethodNotAllowed(["POST"])
            self._guard.check(request)
            return 200, {"msg": self._take(request)}
        except Broken as broken:
            return 400, {"msg": str(broken), "errors": {broken.field: [broken.reason]}}
        except HTTPException as error:  # Another method, or a body that is too large.
            return error.code or 400, {"msg": sentence_of(error)}
        except (SQLAlchemyError, Unavailable) as error:
            troubles.error("An event could not be stored: %s", database_reason(error))
            return 503, {"msg": BUSY}
        except Problem as problem:
            return problem.status, {"msg": problem.sentence}
        except Exception:  # noqa: BLE001  # Whatever it is, it is logged.
            # A mistake of ours must not end somebody's pipeline, as 500 would.
            mistakes.exception("An event failed")
            return 503, {"msg": TROUBLE}

    def _take(self, request: Request) -> str:
        update = read_update(request.content_type or "", request.get_data())
        event = read_event(read_message(update.msg))
        if event is None:
            return NOISE
        # What carries the client's time can't come twice by itself: the same text is a copy.
        digest = None if event.time is None else _digest(update.msg)
        workflow_id, now = update.workflow_id, clock.utcnow()
        if (workflow_id, digest) in self._taken:
            return COPY
        reporter = self._guard.reporter(request)
        answer = self._writer.run(
            lambda connection: ingest(
                connection, workflow_id, event, digest, reporter, now, self._listeners
            )
        )
        if answer == NOT_ALLOWED:  # Whoever may report it may yet do so.
            refused.warning("Ignored an event of workflow %d for want of a token", workflow_id)
        elif digest is not None:
            self._remember(workflow_id, digest)
        return answer

    def _remember(self, workflow_id: int, digest: bytes) -> None:
        """Snakemake 8 sends everything twice: most copies need not even ask the database.

        It alone is sure, for other processes may have taken the first.
        """
        if len(self._taken) >= REMEMBERED:
            self._taken.clear()
        self._taken.add((workflow_id, digest))


def _digest(msg: Any) -> bytes:
    return hashlib.blake2b(repr(msg).encode("utf-8", "replace"), digest_size=DIGEST_SIZE).digest()


_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_HEADERS = [("Content-Type", "application/json"), *HEADERS.items()]
_MORE_HEADERS = {405: ("Allow", "POST"), 503: ("Retry-After", RETRY_AFTER)}


def _respond(status: int, told: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    body = json.dumps(told).encode()
    headers = [*_HEADERS, ("Content-Length", str(len(body)))]
    if status in _MORE_HEADERS:
        headers.append(_MORE_HEADERS[status])
    start_response(_STATUS_LINES[status], headers)
    return [body]
