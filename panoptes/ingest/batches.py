"""Takes the numbered events of a run that its client names: each once, however often it is sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from panoptes.common.errors import Conflict
from panoptes.common.moment import Moment
from panoptes.common.status import Status
from panoptes.database.channel import send
from panoptes.engines.cleaning import MAX_DEPTH, NestingError, clean
from panoptes.engines.fields import client_time
from panoptes.engines.interface import BatchReader, Registration
from panoptes.engines.problems import Broken
from panoptes.ingest.apply import Change, begin, engine_key
from panoptes.models.held_message import Held, count_held, hold
from panoptes.models.log_text import FollowedLog, followed_logs
from panoptes.models.notification import NO_SUBSCRIPTIONS, Subscriptions
from panoptes.models.run import free_uid, place_of_run, write_stored
from panoptes.models.run_state import RunState
from panoptes.models.token import Reporter
from panoptes.models.workflow import MOST_HELD, Registered, can_be_resumed, lock_run

# A client keeps events for as long as its server is away.
ANY_WAIT = timedelta(days=365)
# About so many rows are written in one transaction, between which events of other runs go. A batch
# of the usual events is far from it; a few that name thousands of jobs each are not.
MOST_CHANGES = 2_500
# What `runs.engine` holds -> what reads the batches of that engine.
Readers = Mapping[str, BatchReader]


class Known(NamedTuple):
    """A run that a client registered, now or before, and the number of its last event that came.

    `is_report`: it was over when it was told of.
    """

    workflow_id: int
    number: int
    stored: int
    is_new: bool
    is_report: bool


def begin_once(
    connection: Connection,
    registration: Registration,
    owner: str | None,
    moment: Moment,
) -> Known:
    """Register a run that has a `uid`, unless it is known; inside the caller's transaction.

    Raises Conflict where another engine has a run of this name.
    """
    uid = registration.uid or ""
    run = lock_run(connection, uid)
    if run is not None:
        if engine_key(run) != registration.engine.key:
            raise Conflict(f"The run '{uid}' is one of {run.engine}, which reports in another way.")
        place = place_of_run(connection, run.id)
        return Known(*place, run.events_stored, is_new=False, is_report=run.is_report)
    free_uid(connection, uid)
    registered: Registered = begin(connection, registration, owner, moment)
    place = registered.workflow_id, registered.number
    return Known(*place, 0, is_new=True, is_report=registration.is_report)


@dataclass(slots=True)
class Batch:
    """Events of the run `uid`, the first of which has the number `first`, as JSON gives them.

    `reporter` is who sends them, None where nobody needs a token. `arrived` is when they came, in
    UTC; `sent` when they were sent by the client's clock, in Unix seconds, if it says so.
    `at` is the number of the event that is being applied, 0 while none is.
    """

    uid: str
    first: int
    events: Sequence[Any]
    reporter: Reporter | None
    arrived: datetime
    sent: float | None = None
    at: int = 0


class Bad(NamedTuple):
    """An event that can't be understood: its number, and why."""

    number: int
    reason: str


class Taken(NamedTuple):
    """What became of a batch: the highest number stored, and the first event that is a bad one.

    `logs` are those of its jobs that somebody looks at; `stop`: its client is to stop the run.
    """

    stored: int
    bad: Bad | None
    logs: Sequence[FollowedLog]
    stop: bool


class UnknownRun(Exception):
    """Nobody has registered a run of this name, or it is deleted."""


class NotAllowed(Exception):
    """Only its owner's token, or a valid one, may report of the run."""


def apply_batch(
    connection: Connection,
    batch: Batch,
    readers: Readers,
    subscriptions: Subscriptions = NO_SUBSCRIPTIONS,
) -> Taken:
    """Apply what is new of a batch to its run, inside the caller's transaction.

    What comes behind an event that can't be understood is left, and so is what would write too
    much: the client goes on with it in its next batch. `readers` are those of all engines that
    report in batches. Raises UnknownRun and NotAllowed.
    """
    run = lock_run(connection, batch.uid)
    reader = None if run is None else readers.get(run.engine)
    if run is None or reader is None or reader.engine.key != engine_key(run):
        raise UnknownRun
    reporter, now = batch.reporter, batch.arrived
    if reporter is not None and not reporter.may_report(run.owner, run.started_at, now):
        raise NotAllowed
    events, bad = _read(batch, run.events_stored, reader)
    stored = events[-1].number if events else run.events_stored
    if run.status is Status.CANCELLED:
        _hold(connection, run, events, now)
        write_stored(connection, run.id, stored)
        return _taken(connection, run, stored, bad, now)
    sent = batch.sent or (client_time(events[-1].said.get("time")) if events else None)
    if sent is not None:
        run.set_clock(sent, now)
    change = Change(connection, run, reader.engine, now, ANY_WAIT)
    for number, _, content in events:
        batch.at = number
        change.take(content)
        send(connection)  # What the database refuses of an event is its fault, not the next one's.
        if change.changes >= MOST_CHANGES and number < stored:
            stored, bad = number, None
            break
    batch.at = 0
    run.events_stored = stored
    change.save(subscriptions)
    return _taken(connection, run, stored, bad, now)


def _taken(
    connection: Connection, run: RunState, stored: int, bad: Bad | None, now: datetime
) -> Taken:
    return Taken(stored, bad, followed_logs(connection, run, now), run.is_to_stop)


class _Event(NamedTuple):
    """An event by its number: what its client `said`, clean, and what its engine's reader made."""

    number: int
    said: dict[str, Any]
    content: Any


def _read(batch: Batch, stored: int, reader: BatchReader) -> tuple[list[_Event], Bad | None]:
    """Return what is new of a batch, up to the first event that can't be understood."""
    read: list[_Event] = []
    for number, event in enumerate(batch.events, batch.first):
        if number <= stored:
            continue
        batch.at = number
        if not isinstance(event, dict):
            return read, Bad(number, "It isn't a JSON object.")
        try:
            said = clean(event)
            read.append(_Event(number, said, reader.read(said)))
        except NestingError:
            return read, Bad(number, f"It is nested deeper than {MAX_DEPTH} levels.")
        except Broken as broken:
            return read, Bad(number, str(broken))
    return read, None


def _hold(connection: Connection, run: RunState, events: Sequence[_Event], now: datetime) -> None:
    """Keep events of a cancelled run, as long as that can be undone: not after very many came."""
    if not can_be_resumed(run.status, run.ended_at, now):
        return
    if count_held(connection, run.id) > MOST_HELD:
        return
    for event in events:
        hold(connection, run.id, Held(now, 0, "application/json", json.dumps(event.said).encode()))
