"""What an engine that reports is answered, through Flask and past it.

A Snakemake from 5.32 to 8 ends the user's pipeline when an update is answered with 401, 403, 404
or 500, and each event blocks it until the answer. So an event gets 200 for everything that is
understood or deliberately ignored (also for want of a token), 400 for what is broken (413 where it
is too large), and 503 when it can't be taken now.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Response
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import Problem, Unavailable, database_reason
from panoptes.common.moment import Moment
from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.database.writer import BUSY, Writer
from panoptes.engines.interface import Engine, Registration
from panoptes.engines.problems import Broken
from panoptes.ingest.apply import NOT_ALLOWED, OK, Message, apply, begin, undo_cancel
from panoptes.ingest.batches import (
    Bad,
    Batch,
    Known,
    NotAllowed,
    Readers,
    Taken,
    UnknownRun,
    apply_batch,
    begin_once,
)
from panoptes.ingest.counters import EventCounters, result_of
from panoptes.models.notification import Subscriptions
from panoptes.models.workflow import Registered
from panoptes.web.errors import RETRY_AFTER, sentence_of
from panoptes.web.guard import origin
from panoptes.web.guard.headers import HEADERS
from panoptes.web.guard.hosts import Hosts
from panoptes.web.guard.token_cache import TokenCache

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from panoptes.models.token import Reporter

# Seconds between two transactions of one request, so that those of others get their turn.
BETWEEN_STEPS = 0.02
# Messages of which this process knows that it has taken them.
REMEMBERED = 10_000
MISTAKE = "Something went wrong with this event on the server; its log has the details."

log = logging.getLogger(__name__)
refused = RateLimitedLog(log)
troubles = RateLimitedLog(log)
mistakes = RateLimitedLog(log)


class Answer(NamedTuple):
    """A status code and the JSON that goes with it, and headers."""

    status: int
    content: dict[str, Any]
    headers: Mapping[str, str] = {}


class Ignored(Exception):
    """An event that is deliberately not taken, and why: its client must not be harmed."""


# A front door's way to take an event: returns what happened, as a sentence, or the whole answer.
Take = Callable[["Intake", Request], str | Answer]


@dataclass(slots=True)
class Intake:
    """What the front doors share: who may report, how events are written, counted and answered."""

    hosts: Hosts
    tokens: TokenCache
    writer: Writer
    counters: EventCounters
    subscriptions: Subscriptions
    engines: Mapping[tuple[str, str], Engine]
    batch_readers: Readers
    taken: set[tuple[int, str | None]] = field(default_factory=set)

    def answer(self, request: Request, take: "Take", *, is_fragile: bool = False) -> Answer:
        """Let a front door `take` a request and answer it; `take` returns a sentence, or raises.

        `is_fragile`: the engine ends its pipeline for any refusal, and for trouble that goes on.
        Then only a database that can't take it now is trouble, and only what is broken is refused.
        """
        began = perf_counter()
        answer = self._answer(request, take)
        if is_fragile and (answer.status == 413 or answer.content.get("msg") == MISTAKE):
            answer = Answer(200, answer.content)
        self.counters.count(result_of(answer.status, answer.content.get("msg", OK) == OK), began)
        return answer

    def _answer(self, request: Request, take: "Take") -> Answer:
        try:
            self.hosts.check(request.environ.get("HTTP_HOST"))
            origin.check_update(request)
            happened = take(self, request)
            return happened if isinstance(happened, Answer) else Answer(200, {"msg": happened})
        except Ignored as ignored:
            return Answer(200, {"msg": str(ignored)})
        except Broken as broken:
            errors = {broken.field: [broken.reason]}
            return Answer(400, {"msg": str(broken), "errors": errors})
        except HTTPException as error:  # A body that is too large.
            return Answer(error.code or 400, {"msg": sentence_of(error)})
        except (SQLAlchemyError, Unavailable) as error:
            troubles.error("An event could not be stored: %s", database_reason(error))
            return Answer(503, {"msg": BUSY})
        except Problem as problem:
            return Answer(problem.status, {"msg": problem.sentence}, problem.headers)
        except Exception:  # noqa: BLE001  # Whatever it is, it is logged.
            # A mistake of ours must not end somebody's pipeline, as 500 would.
            mistakes.exception("An event failed")
            return Answer(503, {"msg": MISTAKE})

    def reporter(self, request: Request) -> "Reporter | None":
        """Return who sends an event, None where nobody needs a token.

        Whether it counts depends on the run, which `ingest/apply.py` knows; ask this first, for
        nothing that a stranger sends needs to be read where it counts for no run. Raises Ignored.
        """
        reporter = self.tokens.reporter(request)
        if reporter is not None and not self.tokens.may_report(reporter, clock.utcnow()):
            refused.warning("Ignored an event from %s for want of a token", request.remote_addr)
            raise Ignored(NOT_ALLOWED)
        return reporter

    def register(self, registration: Registration, owner: str | None, moment: Moment) -> Registered:
        """Register a run of the token `owner`. Raises errors.Unavailable."""
        try:
            return self._register(registration, owner, moment)
        except IntegrityError:  # Somebody took the name in the same moment (PostgreSQL).
            return self._register(registration, owner, moment)

    def _register(
        self, registration: Registration, owner: str | None, moment: Moment
    ) -> Registered:
        with self.writer.writing() as connection:
            return begin(connection, registration, owner, moment)

    def register_once(self, registration: Registration, owner: str | None, moment: Moment) -> Known:
        """Register a run that has a `uid`, unless it is known.

        Raises errors.Conflict and errors.Unavailable.
        """
        try:
            return self._register_once(registration, owner, moment)
        except IntegrityError:  # As above, or the client registers twice at once.
            return self._register_once(registration, owner, moment)

    def _register_once(
        self, registration: Registration, owner: str | None, moment: Moment
    ) -> Known:
        with self.writer.writing() as connection:
            return begin_once(connection, registration, owner, moment)

    def apply_batch(self, batch: Batch) -> Taken:
        """Apply a batch of events in a transaction.

        An event that brings us down is one that isn't understood: what comes before it is stored.
        Raises UnknownRun, NotAllowed and errors.Unavailable.
        """
        try:
            return self._apply_batch(batch)
        except (UnknownRun, NotAllowed, Unavailable):
            raise
        except Exception:
            bad = Bad(batch.at, MISTAKE)
            if not batch.first <= bad.number < batch.first + len(batch.events):
                raise
            mistakes.exception("An event failed")
        before = replace(batch, events=batch.events[: bad.number - batch.first], at=0)
        return self._apply_batch(before)._replace(bad=bad)

    def _apply_batch(self, batch: Batch) -> Taken:
        return self.writer.run(
            lambda connection: apply_batch(
                connection, batch, self.batch_readers, self.subscriptions
            )
        )

    def apply(self, message: Message) -> str:
        """Apply a message in a transaction, perhaps with others; return what happened.

        Raises errors.Unavailable.
        """
        happened = self.writer.run(
            lambda connection: apply(connection, message, self.subscriptions)
        )
        if happened == NOT_ALLOWED:
            run = message.uid or message.workflow_id
            refused.warning("Ignored an event of workflow %s for want of a token", run)
        return happened

    def undo_cancel(self, workflow_id: int, number: int | None, now: datetime) -> None:
        """Let a cancelled run go on, its newest for None, with all that it reported meanwhile.

        Raises errors.NotFound, errors.Conflict and errors.Unavailable.
        """
        asked = (workflow_id, number, self.engines, now, self.subscriptions)
        while True:
            with self.writer.writing() as connection:
                if undo_cancel(connection, *asked):
                    return
            sleep(BETWEEN_STEPS)

    def remember(self, key: tuple[int, str | None]) -> None:
        """Remember a message of a workflow, by its digest, as `taken`.

        Snakemake 8 sends everything twice: most copies need not even ask the database. It alone is
        sure, for other processes may have taken the first.
        """
        if len(self.taken) >= REMEMBERED:
            self.taken.clear()
        self.taken.add(key)


_HEADERS = [("Content-Type", "application/json"), *HEADERS.items()]


def _written(answer: Answer) -> tuple[bytes, list[tuple[str, str]]]:
    body = json.dumps(answer.content).encode()
    headers = [*_HEADERS, ("Content-Length", str(len(body))), *answer.headers.items()]
    if answer.status == 503:
        headers.append(("Retry-After", RETRY_AFTER))
    return body, headers


def has_left(environ: "WSGIEnvironment") -> bool:
    """Return whether the client of a request has closed its connection, where the server can tell.

    Snakemake 9 waits for 10 seconds and then registers anew, with its next event: what it asked
    before must do nothing, or a run that never starts would have its name.
    """
    ask = environ.get("waitress.client_disconnected")
    return ask is not None and bool(ask())


def respond(answer: Answer) -> Response:
    """Return an answer for Flask."""
    body, headers = _written(answer)
    return Response(body, answer.status, headers)


_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def past_flask(
    intake: Intake, doors: Mapping[str, Take], max_body: int, *, behind: "WSGIApplication"
) -> "WSGIApplication":
    """Take events without Flask, and leave every other request to the app `behind`.

    Flask's way to a view and back takes as long as all that an event does. `doors` are the paths to
    which events are posted, each with what takes them: the same that the path's route calls.
    `max_body` is in bytes.
    """

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        take = doors.get(environ["PATH_INFO"])
        if take is None or environ["REQUEST_METHOD"] != "POST":
            return behind(environ, start_response)
        request = Request(environ)
        length = environ.get("CONTENT_LENGTH", "")
        if "wsgi.input_terminated" in environ and length.isdecimal() and int(length) <= max_body:
            request.stream = environ["wsgi.input"]  # Within the limit: nobody needs to count again.
        else:
            request.max_content_length = max_body
        answer = intake.answer(request, take)
        body, headers = _written(answer)
        start_response(_STATUS_LINES[answer.status], headers)
        return [body]

    return serve
