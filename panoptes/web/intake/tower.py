"""The front door of Nextflow's `-with-tower`: the protocol of the Seqera Platform, formerly Tower.

What each version of the client does with an answer decides what is answered. From 26 on, any 4xx to
progress ends the pipeline at once, and so does trouble that goes on for some tries; up to 24.10 a
run that can't be created is given up; an empty answer to begin loses the rest of the run, and after
a failed create 25.10 goes on under the id `null`. So only create may refuse (401). All else that
can be parsed gets 200 and is kept, unknown ids too, and 503 means that the database can't.
"""

import secrets

from flask import Response, request
from werkzeug.wrappers import Request

from panoptes.common import clock
from panoptes.common.errors import BadRequest
from panoptes.common.text import clean_text
from panoptes.common.wildcards import brief
from panoptes.engines.interface import Registration, Sent
from panoptes.engines.nextflow import message as messages
from panoptes.engines.nextflow.message import read
from panoptes.engines.nextflow.translator import NEXTFLOW, registration
from panoptes.engines.problems import Broken, TooMuch
from panoptes.ingest.apply import OK, Message
from panoptes.models.run_names import newest_open_run, open_run
from panoptes.models.token import Right
from panoptes.queries import runs
from panoptes.web.api.blueprint import blueprint
from panoptes.web.guard.rights import guards_itself, needs
from panoptes.web.guard.visitors import visitor
from panoptes.web.intake.adopting import apply_or_adopt
from panoptes.web.intake.answering import Answer, Intake, respond
from panoptes.web.intake.weblog import TOO_MUCH
from panoptes.web.request_time import request_time
from panoptes.web.services import services

TRACE = "/api/tower/trace"
PREFIX = "tower:"
# Runs whose client heard of no id begin so.
NAMELESS = f"{PREFIX}null:"
# The client takes no longer id.
MAX_ID = 16
# Seconds: a heartbeat comes each minute.
SILENCE_LIMIT = 180
HOW_TO_REPORT = (
    "This panoptes requires a token: set TOWER_ACCESS_TOKEN, or tower.accessToken in"
    " nextflow.config. Whoever runs this panoptes can make one: panoptes token add NAME"
)


@blueprint.post(f"{TRACE}/create")
@needs(Right.REPORT, how=HOW_TO_REPORT)
def create_trace() -> Response:
    """Register a run of Nextflow; the id under which it reports, and the address of its page."""
    sent = Sent(request.content_type or "", request.get_data())
    try:
        content = read(sent)
    except Broken as broken:
        raise BadRequest(str(broken)) from broken
    intake = services().intake
    trace_id = _known_id(intake, content)
    if trace_id is None:
        trace_id = _new_id(content.wanted_id)
        created = _registration(_uid(trace_id), content, is_created=True)
        intake.register(created, visitor().name, request_time())
    return respond(Answer(200, _place(trace_id, OK)))


@blueprint.put(f"{TRACE}/<trace_id>/begin")
@guards_itself
def begin_trace(trace_id: str) -> Response:
    """Take what Nextflow tells of a run when its script was read."""
    return _report(trace_id)


@blueprint.put(f"{TRACE}/<trace_id>/progress")
@guards_itself
def progress_trace(trace_id: str) -> Response:
    """Take the states of tasks."""
    return _report(trace_id)


@blueprint.put(f"{TRACE}/<trace_id>/heartbeat")
@guards_itself
def heartbeat_trace(trace_id: str) -> Response:
    """Take a sign of life, which comes each minute in which no task changes."""
    return _report(trace_id)


@blueprint.put(f"{TRACE}/<trace_id>/complete")
@guards_itself
def complete_trace(trace_id: str) -> Response:
    """Take how a run ended."""
    return _report(trace_id)


def _report(trace_id: str) -> Response:
    reported = _Report(trace_id)
    answer = services().intake.answer(request, reported.take, is_fragile=True)
    if answer.status == 200:
        answer = Answer(200, _place(trace_id, answer.content["msg"], reported.uid))
    return respond(answer)


class _Report:
    """A message about a run; `uid` is how that is known here."""

    def __init__(self, trace_id: str) -> None:
        self.uid = _uid(trace_id)
        self._is_nameless = trace_id == "null"

    def take(self, intake: Intake, request: Request) -> str:
        """Take the message; return what happened, as a sentence."""
        sender = intake.reporter(request)
        sent = Sent(request.content_type or "", request.get_data())
        try:
            content = read(sent)
        except TooMuch:
            return TOO_MUCH
        if self._is_nameless:
            self.uid = _nameless(intake, content)
        message = Message(NEXTFLOW, content, sent, sender, clock.utcnow(), uid=self.uid)
        return apply_or_adopt(intake, message, _registration(self.uid, content))


def _registration(uid: str, content: messages.Message, *, is_created: bool = False) -> Registration:
    state = {"created": True} if is_created else None
    return registration(uid, content, {"silence_limit": SILENCE_LIMIT}, state)


def _known_id(intake: Intake, content: messages.Message) -> str | None:
    """Return the id of a run that is being created once more, as its client got no answer.

    A run that has begun to report is another one, unless only its messages told of it.
    """
    if content.session is None or content.run_name is None:
        return None
    with intake.writer.writing() as connection:
        known = open_run(connection, content.session, content.run_name)
    if known is None or known.uid is None or not known.uid.startswith(PREFIX):
        return None
    was_created = bool((known.engine_state or {}).get("created"))
    if known.uid.startswith(NAMELESS) or (was_created and known.last_event_at is not None):
        return None
    trace_id = known.uid.removeprefix(PREFIX)
    return trace_id if len(trace_id) <= MAX_ID else None


def _new_id(wanted: str | None) -> str:
    """Return an id for a run: the one that its client was given (TOWER_WORKFLOW_ID), or a new one.

    An id that was used before stays that of its run.
    """
    if (
        wanted is not None
        and wanted.isascii()
        and wanted.isalnum()
        and len(wanted) <= MAX_ID
        and wanted != "null"
        and runs.place_of(_uid(wanted)) is None
    ):
        return wanted
    return secrets.token_hex(MAX_ID // 2)


def _nameless(intake: Intake, content: messages.Message) -> str:
    """Return the `uid` of a run whose client calls it null: the newest one that goes on.

    What begins or ends says which it is; another client may be in the same trouble.
    """
    with intake.writer.writing() as connection:
        if content.session is not None and content.run_name is not None:
            known = open_run(connection, content.session, content.run_name)
        else:
            known = newest_open_run(connection, NAMELESS)
    if known is not None and known.uid is not None and known.uid.startswith(NAMELESS):
        return known.uid
    return f"{NAMELESS}{secrets.token_hex(8)}"


def _uid(trace_id: str) -> str:
    return PREFIX + brief(clean_text(trace_id), 80)


def _place(trace_id: str, happened: str, uid: str | None = None) -> dict[str, str]:
    """Return what the client wants to know: its run's id, and where a person finds the run."""
    place = runs.place_of(uid or _uid(trace_id))
    address = services().settings.public_url or request.url_root.rstrip("/")
    if place is not None:
        workflow_id, number = place
        address += f"/workflow/{workflow_id}?run={number}"
    return {"workflowId": trace_id, "watchUrl": address, "msg": happened}
