"""What the events of any program mean: most mean the same whatever came before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from panoptes.common.status import Status
from panoptes.engines.body import fields
from panoptes.engines.events import Event, JobFailed, JobFinished, JobSeen, JobTold, RunDescribed
from panoptes.engines.generic.reader import JobSaid, Said, read_description, read_event
from panoptes.engines.interface import BatchReader, Engine, Lookup, Registration, Sent, State


def translate(state: State, said: Sequence[Said], lookup: Lookup) -> tuple[State, list[Event]]:
    """Return what an event means; no state is kept."""
    meant: list[Event] = []
    for each in said:
        meant += _of_job(each, lookup) if isinstance(each, JobSaid) else [each]
    return state, meant


def _of_job(said: JobSaid, lookup: Lookup) -> Iterator[Event]:
    job, details, time = said.job, said.details, said.time
    if said.status in (Status.PENDING, Status.RUNNING):
        yield JobSeen(job, said.rule, details, said.status, time=time)
    elif said.status is Status.ERROR:
        yield JobFailed(job, said.rule, said.error, details, time=time)
    elif said.status is Status.DONE:
        if said.rule and lookup.job(job) is None:
            yield JobSeen(job, said.rule, time=time)
        yield JobFinished(job, details, time=time)
    else:
        yield JobTold(job, details, said.error, time=time)


def describe(description: Mapping[str, Any]) -> Registration:
    """Return the registration of a run that a program describes so."""
    return Registration(GENERIC, None, RunDescribed(read_description(description)))


def _read_sent(sent: Sent) -> list[Said]:
    return read_event(fields(*sent))


GENERIC = Engine("generic", translate, _read_sent)
GENERIC_BATCHES = BatchReader(GENERIC, describe, read_event)
