"""What engines send: state events, noise, or all of it, as requests that are ready to go."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count, islice

from benchmarks import typical
from benchmarks.load import Client, request
from devtools.running import Server

ENDLESS = 10**8  # jobs: no run of a measurement comes to its end
# Events a second that are prepared for; where more go through, a client ends before its time.
CEILING = 6000


def _state() -> Iterator[str]:
    jobs = (typical.state_events(number, ENDLESS) for number in count())
    return typical.stamped(event for job in jobs for event in job)


def _noise() -> Iterator[str]:
    jobs = (typical.noise_events(number) for number in count())
    return typical.stamped(event for job in jobs for event in job)


def _mix() -> Iterator[str]:
    """Yield what Snakemake 8 sends, which is everything twice."""
    jobs = (typical.mixed_events(number, ENDLESS) for number in count())
    for text in typical.stamped(event for job in jobs for event in job):
        yield text
        yield text


TRAFFIC: dict[str, Callable[[], Iterator[str]]] = {"state": _state, "noise": _noise, "mix": _mix}


@cache
def _bodies(traffic: str, size: int) -> tuple[bytes, ...]:
    return tuple(typical.form(text) for text in islice(TRAFFIC[traffic](), size))


def reporters(server: Server, number: int, traffic: str, seconds: float) -> list[Client]:
    """Register so many runs and return a client for each, its requests prepared."""
    size = int(CEILING * seconds)
    each = size if number == 1 else 2 * size // number  # Some get more turns than others.
    clients = []
    for _ in range(number):
        own = str(server.get("/create_workflow")["id"]).encode()
        bodies = _bodies(traffic, size)[:each]
        ready = [request("POST", "/update_workflow_status", body + own) for body in bodies]
        clients.append(Client(iter(ready)))
    return clients
