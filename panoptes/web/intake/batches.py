"""The door for runs that name themselves and send numbered events, many at once.

What is sent twice counts once, so a client that got no answer sends it again. No client of this
door harms its run because of an answer.
"""

import re
import zlib
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import BadRequest, Forbidden, NotFound, TooLarge, Unauthorized
from panoptes.common.text import clean_name
from panoptes.engines.body import fields
from panoptes.engines.cleaning import MAX_DEPTH, NestingError, clean
from panoptes.engines.events import RunDescribed
from panoptes.engines.fields import client_time, whole
from panoptes.engines.interface import Registration
from panoptes.engines.problems import Broken, TooMuch
from panoptes.ingest.batches import Batch, NotAllowed, UnknownRun
from panoptes.models.token import Reporter, Right
from panoptes.models.workflow import MAX_NAME
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import visitor
from panoptes.web.intake.answering import Answer, Intake, respond
from panoptes.web.request_time import request_time
from panoptes.web.services import services

MAX_EVENTS = 1_000
# No run has so many; the sum of two fits every column.
MAX_NUMBER = 2**53
HOW_TO_REPORT = (
    "This panoptes requires a token: send it as 'Authorization: Bearer TOKEN', or put it in the"
    " address: http://me:TOKEN@HOST. Whoever runs this panoptes can make one: panoptes token add"
    " NAME"
)
UNKNOWN_RUN = "There is no such run: register it with POST /api/runs, and send all events again."
NO_TOKEN = f"Only its owner's token, or a valid one, may report of this run. {HOW_TO_REPORT}"
TOO_LARGE = "It is too large, once it is unpacked: send fewer events at once."
TOO_MANY_VALUES = "It holds more values than any client sends: send fewer events at once."
# A letter or digit first, so that no client takes it for `..`.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,99}")


@blueprint.post("/api/runs")
@needs(Right.REPORT, how=HOW_TO_REPORT)
def register_run() -> Response:
    """Register a run under the id that its client gives it; one that is known stays as it is."""
    try:
        registration = _read_registration(request)
    except Broken as broken:
        raise BadRequest(str(broken)) from broken
    run = services().intake.register_once(registration, visitor().name, request_time())
    url = url_for("pages.workflow", workflow_id=run.workflow_id, run=run.number, _external=True)
    content = {
        "id": run.workflow_id,
        "run": run.number,
        "url": url,
        "stored": run.stored,
        "is_report": run.is_report,
    }
    return respond(Answer(201 if run.is_new else 200, content))


@blueprint.post("/api/runs/<uid>/events")
@needs(None)
def report_events(uid: str) -> Response:
    """Take events of a run."""
    return respond(services().intake.answer(request, lambda intake, sent: _take(intake, sent, uid)))


def _take(intake: Intake, request: Request, uid: str) -> Answer:
    reporter = intake.tokens.reporter(request)
    try:
        if reporter is not None and not intake.tokens.may_report(reporter, clock.utcnow()):
            raise NotAllowed  # For no run, so nothing needs to be read.
        if not _ID.fullmatch(uid):
            raise UnknownRun  # No database needs to be asked, and not all take any text.
        taken = intake.apply_batch(_read_batch(request, uid, reporter))
    except UnknownRun as unknown:
        raise NotFound(UNKNOWN_RUN) from unknown
    except NotAllowed as refused:
        if reporter is None or reporter.token is None:
            raise Unauthorized(NO_TOKEN, is_browser=False) from refused
        raise Forbidden(NO_TOKEN) from refused
    logs = [{"job": log.key, "path": log.path, "from": log.from_byte} for log in taken.logs]
    content: dict[str, Any] = {"stored": taken.stored, "logs": logs, "stop": taken.stop}
    if taken.bad is None:
        return Answer(200, content)
    number, reason = taken.bad
    return Answer(400, {"msg": f"Event {number}: {reason}", "bad": number, **content})


# --- what is sent ---------------------------------------------------------------------------------


def _read_registration(request: Request) -> Registration:
    """Return the run that a request registers. Raises Broken and TooLarge."""
    try:
        sent = clean(_read_body(request))
    except NestingError as error:
        raise Broken("body", f"It is nested deeper than {MAX_DEPTH} levels.") from error
    uid, name = sent.get("id"), sent.get("name")
    if not isinstance(uid, str) or not _ID.fullmatch(uid):
        raise Broken("id", "Give 1 to 100 letters, digits and any of . _ : ~ -")
    readers = services().intake.batch_readers
    reader = readers.get(str(sent.get("engine")))
    if reader is None:
        raise Broken("engine", f"Give one of {', '.join(readers)}.")
    if name is not None and not isinstance(name, str):
        raise Broken("name", "Give a text, or null.")
    description = sent.get("description") or {}
    if not isinstance(description, dict):
        raise Broken("description", "Give an object.")
    registration = reader.describe(description)
    if description.get("is_report") is True:
        registration = _as_report(registration, client_time(description.get("started")))
    return registration._replace(uid=uid, name=clean_name(name or "")[:MAX_NAME] or None)


def _as_report(registration: Registration, started: float | None) -> Registration:
    """Return the registration of a run that is over: nobody gives signs of life or listens.

    Raises Broken.
    """
    if started is None:
        raise Broken("started", "Give when the run began, in Unix seconds.")
    ignored = ("silence_limit", "allow_stop", "sends_logs")
    details = registration.described.details
    kept = {name: value for name, value in details.items() if name not in ignored}
    return registration._replace(described=RunDescribed(kept, started=started), is_report=True)


def _read_batch(request: Request, uid: str, reporter: Reporter | None) -> Batch:
    """Return the events that a request brings. Raises Broken and TooLarge."""
    sent = _read_body(request)
    first, events = whole(sent.get("first")), sent.get("events")
    if isinstance(first, bool) or not isinstance(first, int) or not 1 <= first <= MAX_NUMBER:
        raise Broken("first", "Give the number of the first event, from 1 on.")
    if not isinstance(events, list):
        raise Broken("events", "Give a list.")
    if len(events) > MAX_EVENTS:
        raise TooLarge(f"Send at most {MAX_EVENTS} events at once.")
    return Batch(uid, first, events, reporter, clock.utcnow(), sent=client_time(sent.get("sent")))


def _read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request brings, perhaps packed.

    Raises Broken and TooLarge.
    """
    body = request.get_data()
    packed = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packed == "gzip":
        body = _unpacked(body, request.max_content_length or 0)
    elif packed != "identity":
        raise Broken("Content-Encoding", "Give gzip or nothing.")
    try:
        return fields("application/json", body)
    except TooMuch as much:
        raise TooLarge(TOO_MANY_VALUES) from much


def _unpacked(body: bytes, limit: int) -> bytes:
    """Return what gzip packed, at most so many bytes; a small body may be made to hold terabytes.

    Raises Broken and TooLarge.
    """
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Broken("body", "It isn't packed with gzip.") from error
    if len(unpacked) > limit:
        raise TooLarge(TOO_LARGE)
    if not unpacker.eof or unpacker.unused_data:
        raise Broken("body", "It isn't all of what gzip packed.")
    return unpacked
