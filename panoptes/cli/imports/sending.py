"""Sends a run that is over to a server, which knows its events by their numbers."""

import time
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from panoptes.cli.imports.source import Event, ImportedRun
from panoptes.common.batches import batches
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client
    from panoptes.sender import Delivery, Outbox, Spool
    from panoptes.sender.delivery import Trouble

# After each, a server that is busy or away is asked once more; in seconds.
PAUSES = (1.0, 2.0, 4.0, 8.0)
UNREACHABLE = 5
# So many events are read before they are sent.
AT_ONCE = 500


class Sent(NamedTuple):
    """What became of a run: its page, and how many events the server called broken.

    `is_known`: it was imported before. `was_watched`: its own client reported it.
    """

    page: str
    refused: int = 0
    is_known: bool = False
    was_watched: bool = False

    @property
    def is_new(self) -> bool:
        """Whether something was sent."""
        return not (self.is_known or self.was_watched)


def new_uid() -> str:
    """Return an id for a run that is imported once more."""
    return f"log-{uuid4().hex}"


def send_run(client: "Client", run: ImportedRun) -> Sent:
    """Send what a server doesn't know yet of a run. Raises CannotRun."""
    from panoptes.sender import Address, Delivery, Outbox
    from panoptes.sender.connection import Connection, Unanswered

    connection = Connection(Address(client.url, client.token), "panoptes-import")
    outbox = Outbox(_no_file)
    description = {**run.description, "is_report": True, "started": run.began}
    registration = {
        "id": run.uid,
        "engine": run.engine,
        "name": run.name,
        "description": description,
    }
    delivery = Delivery(connection, registration, outbox)
    try:
        try:
            trouble = delivery.register()
        except Unanswered as silence:
            raise CannotRun(f"{client.url} doesn't answer ({silence}).", UNREACHABLE) from silence
        if trouble is not None:
            raise CannotRun(f"{trouble.text}.", 2)
        stored = delivery.registered["stored"]
        if delivery.registered.get("is_report") is False:
            return Sent(delivery.page, was_watched=True)
        if stored >= run.count:
            return Sent(delivery.page, is_known=True)
        outbox.last = stored
        _send_all(delivery, outbox, islice(run.events(), stored, None))
        return Sent(delivery.page, delivery.refused)
    finally:
        connection.close()


def _send_all(delivery: "Delivery", outbox: "Outbox", events: Iterable[Event]) -> None:
    from panoptes.sender.plain import encoded

    for batch in batches(events, AT_ONCE):
        for event in batch:
            outbox.add(encoded(event))
        pauses = iter(PAUSES)
        while len(outbox):
            before = len(outbox)
            trouble = delivery.attempt()
            if len(outbox) < before:
                pauses = iter(PAUSES)
            elif trouble is not None:
                _wait(trouble, next(pauses, None))


def _wait(trouble: "Trouble", pause: float | None) -> None:
    if trouble.needs_help or pause is None:
        code = 2 if trouble.needs_help else UNREACHABLE
        raise CannotRun(f"{trouble.text}; import it again to go on with the rest.", code)
    time.sleep(max(pause, trouble.wait))


def _no_file(_first: int) -> "Spool":
    raise OSError("What is sent can be read again.")
