"""Clients that tell of a run as those of four engines do: what they send, when, and over what.

The time of runs may pass faster than ours: an hour of theirs in minutes. Their jobs are then as
much shorter; how long a client waits between two requests stays as it is.
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf

from benchmarks import runs, typical
from benchmarks.load import Answer, Client, request
from benchmarks.runs import Event, Run, Story, Told

# What `panoptes.sender` does; in seconds of ours, as all pauses.
GATHERING, LISTENING, HEARTBEAT = 0.5, 5.0, 30.0
PAUSE = 1.0
BATCH_EVENTS, COMPRESSED_FROM = 500, 4096
# What Nextflow's client does.
REPORTING, ALIVE, TASKS = 1.0, 60.0, 100

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# Makes a request in the moment in which it is sent.
Compose = Callable[[], bytes]
# Yields when the next request is due, in seconds of the engine's time; is sent the answer to it.
Steps = Generator[tuple[float, Compose], "Heard", None]
# A part of them, which returns the last answer.
Step = Generator[tuple[float, Compose], "Heard", "Heard"]
# What a server answers that can't take something now.
LATER = (429, 503)


@dataclass(frozen=True)
class Heard:
    """What was answered, and when, in seconds of the engine's time."""

    at: float
    status: int
    body: bytes

    def told(self, name: str) -> object:
        """Return what the answer's JSON says under a name."""
        return json.loads(self.body)[name]


@dataclass(eq=False)
class Tally:
    """What the clients of one kind met: times in seconds; `most` requests were under way at once.

    `late` says by how many seconds each run ended later than it wanted to.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    def send(self) -> None:
        """Count a request that is sent."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)

    def take(self, answer: Answer) -> None:
        """Count its answer."""
        self.under_way -= 1
        self.seconds.append(answer.seconds)
        self.statuses[answer.status] += 1


@dataclass(eq=False)
class Teller:
    """A run's client.

    `begin` is in our seconds since the load began, which is `zero` in Unix time; `speed` says how
    much faster than ours the engine's time passes. `workflow` is what the server calls the run's
    workflow, empty until it is known. `done` holds how many jobs were told to be done, and when, in
    our seconds. Where nothing happens, it sends something after `listening` seconds of ours.
    """

    run: Run
    begin: float
    speed: float
    tally: Tally
    listening: float = inf
    zero: float = 0.0
    workflow: str = ""
    done: list[tuple[int, float]] = field(default_factory=list)
    is_over: bool = False
    client: Client = field(init=False)

    # Whether its requests share a connection.
    keep_alive = True

    def __post_init__(self) -> None:
        self._done = 0
        self._steps = self.steps()
        first, self._compose = next(self._steps)
        self._due = self._ours(first)
        self.client = Client(
            self._requests(),
            keep_alive=self.keep_alive,
            due=self._due,
            on_answer=self._take,
            next_due=lambda: self._due,
            keeps=False,
        )

    def steps(self) -> Steps:
        """Yield all that it sends."""
        raise NotImplementedError

    def clock(self, at: float) -> float:
        """Return the Unix time of a moment of the run, as its machine has it."""
        return self.zero + self._ours(at)

    @property
    def now(self) -> float:
        """The moment in which a request is sent."""
        return (self.client.sent - self.begin) * self.speed

    def tell(self, told: Sequence[Told]) -> None:
        """Note what a request says that is sent now."""
        done = max((each.done for each in told), default=0)
        if done > self._done:
            self._done = done
            self.done.append((done, self.client.sent))

    def insist(self, due: float, compose: Compose) -> Step:
        """Send something, again where the server can't take it now; return the last answer."""
        heard = yield due, compose
        while heard.status in LATER:
            heard = yield self.after(heard, PAUSE), compose
        return heard

    def after(self, heard: "Heard", pause: float) -> float:
        """Return the moment of the run that is so many seconds of ours after an answer."""
        return heard.at + pause * self.speed

    def _ours(self, at: float) -> float:
        return self.begin + at / self.speed

    def _requests(self) -> Iterator[bytes]:
        while True:
            self.tally.send()
            yield self._compose()

    def _take(self, answer: Answer) -> None:
        self.tally.take(answer)
        at = (answer.at - self.begin) * self.speed
        try:
            due, self._compose = self._steps.send(Heard(at, answer.status, self.client.body))
        except StopIteration:
            self._due, self.is_over = inf, True
            self.tally.late.append(answer.at - self._ours(self.run.seconds))
        else:
            self._due = self._ours(due)


@dataclass(eq=False)
class Snakemake8(Teller):
    """Snakemake 8 as it comes: each event twice, by itself, over a connection of its own."""

    keep_alive = False

    def steps(self) -> Steps:
        """Ask who is there, register, and send one event after the other."""
        heard = yield 0.0, partial(request, "GET", "/api/service-info")
        command = b"command=snakemake+--profile+slurm&workdir=%2Fdata%2Fcohort7"
        path = f"/create_workflow?name={self.run.name}"
        heard = yield heard.at, partial(request, "GET", path, command, FORM)
        self.workflow = str(heard.told("id"))
        name = json.dumps({"name": self.run.name}).encode()
        heard = yield (
            heard.at,
            partial(request, "PUT", f"/api/workflow/{self.workflow}", name, JSON),
        )
        for told in runs.snakemake_8(self.run, self.clock):
            body = typical.form(json.dumps(told.event)) + self.workflow.encode()
            compose = partial(self._event, told, request("POST", "/update_workflow_status", body))
            heard = yield max(heard.at, told.at), compose
            heard = yield heard.at, compose

    def _event(self, told: Told, made: bytes) -> bytes:
        self.tell([told])
        return made


class _Ahead:
    """Events in order of time, of which the next one can be looked at."""

    def __init__(self, events: Iterator[Told]) -> None:
        self._events = events
        self._next = next(events, None)

    @property
    def at(self) -> float:
        """When the next event happens; never, where all have happened."""
        return inf if self._next is None else self._next.at

    def take(self, until: float, most: int) -> list[Told]:
        """Return what happened until then and wasn't taken yet, so many events at most."""
        taken: list[Told] = []
        while self._next is not None and self._next.at <= until and len(taken) < most:
            taken.append(self._next)
            self._next = next(self._events, None)
        return taken


@dataclass(eq=False)
class Batches(Teller):
    """What sends batches: our plugin for Snakemake 9, `panoptes run`, or any program.

    It sends what happened in the half second after its last request, and asks every few seconds
    whether somebody has a wish.
    """

    engine: str = "snakemake"
    story: Story = runs.snakemake_9
    listening: float = LISTENING

    def __post_init__(self) -> None:
        self._waiting: list[Told] = []
        self._first = 1
        self._last_event = 0.0
        super().__post_init__()

    def steps(self) -> Steps:
        """Register, and send batches until the last event is stored."""
        registration = json.dumps(self._registration()).encode()
        register = partial(request, "POST", "/api/runs", registration, JSON)
        heard = yield from self.insist(0.0, register)
        self.workflow = str(heard.told("id"))
        self._ahead = _Ahead(self.story(self.run, self.clock))
        due = heard.at
        while self._waiting or self._ahead.at < inf:
            heard = yield due, self._batch
            if heard.status == 200:
                self._first += len(self._waiting)
                self._waiting.clear()
            due = self._due_after(heard)

    def _registration(self) -> Event:
        description = {
            "command": "snakemake --profile slurm --logger panoptes-ui",
            "workdir": runs.WORKDIR,
            "host": "server",
            "user": "user",
            "silence_limit": 120,
        }
        named = {"id": self.run.name, "name": self.run.name, "engine": self.engine}
        return {**named, "description": description}

    def _due_after(self, heard: Heard) -> float:
        happens = heard.at if self._waiting else self._ahead.at
        if happens >= self.run.seconds:
            return max(happens, heard.at)  # What ends a run isn't kept back.
        pause = GATHERING if heard.status == 200 else PAUSE
        return min(self.after(heard, self.listening), max(happens, self.after(heard, pause)))

    def _batch(self) -> bytes:
        self._waiting += self._ahead.take(self.now, BATCH_EVENTS - len(self._waiting))
        if not self._waiting and self.client.sent >= self._last_event + HEARTBEAT:
            beat = {"event": "heartbeat", "time": self.clock(self.now)}
            self._waiting.append(Told(self.now, beat, 0))
        if self._waiting:
            self._last_event = self.client.sent
        self.tell(self._waiting)
        events = [told.event for told in self._waiting]
        batch = {"first": self._first, "sent": self.clock(self.now), "events": events}
        body, headers = json.dumps(batch).encode(), JSON
        if len(body) >= COMPRESSED_FROM:
            body, headers = gzip.compress(body, 1), JSON | {"Content-Encoding": "gzip"}
        return request("POST", f"/api/runs/{self.run.name}/events", body, headers)


@dataclass(eq=False)
class Nextflow(Teller):
    """Nextflow with `-with-tower`: states of tasks once a second, where there are some."""

    listening: float = ALIVE

    def __post_init__(self) -> None:
        self._waiting: list[Told] = []
        super().__post_init__()

    def steps(self) -> Steps:
        """Create the run, begin it, tell of its tasks, and complete it."""
        self._named = {"runName": self.run.name, "sessionId": f"session-{self.run.name}"}
        created = {**self._named, "projectName": self.run.name, "workflowId": None}
        heard = yield from self.insist(0.0, partial(self._message, "POST", "create", created))
        self._id = str(heard.told("workflowId"))
        self.workflow = str(heard.told("watchUrl")).rpartition("/")[2].partition("?")[0]
        names = [rule.upper() for rule in self.run.rules()]
        begun = {"workflow": self._workflow(), "processNames": names, "towerLaunch": False}
        heard = yield from self.insist(heard.at, partial(self._message, "PUT", "begin", begun))
        self._ahead = _Ahead(runs.nextflow(self.run, self.clock))
        while self._waiting or self._ahead.at < inf:
            due = max(self._ahead.at, self.after(heard, REPORTING))
            if self._waiting:
                due = self.after(heard, PAUSE)
            heard = yield min(self.after(heard, self.listening), due), self._progress
            if heard.status == 200:
                self._waiting.clear()
        yield from self.insist(max(heard.at, self.run.seconds), self._complete)

    def _message(self, method: str, what: str, message: Event) -> bytes:
        path = "/api/tower/trace/" + (what if what == "create" else f"{self._id}/{what}")
        body = json.dumps(message | {"instant": int(1000 * self.clock(self.now))}).encode()
        return request(method, path, body, JSON)

    def _workflow(self) -> Event:
        return {
            **self._named,
            "id": self._id,
            "start": runs.iso(self.clock(0.0)),
            "projectName": self.run.name,
            "scriptName": "main.nf",
            "scriptFile": f"{runs.WORKDIR}/main.nf",
            "commandLine": "nextflow run main.nf -profile slurm -with-tower",
            "launchDir": runs.WORKDIR,
            "workDir": f"{runs.WORKDIR}/work",
            "userName": "user",
            "nextflow": {"version": "26.04.6", "build": 0, "enable": {}},
            "manifest": {"nextflowVersion": None, "recurseSubmodules": False, "version": None},
            "params": {"reads": f"{runs.WORKDIR}/*.fq", "genome": "GRCh38"},
            "success": False,
            "complete": None,
            "exitStatus": None,
            "errorMessage": None,
        }

    def _progress(self) -> bytes:
        self._waiting += self._ahead.take(self.now, TASKS - len(self._waiting))
        self.tell(self._waiting)
        counts = self._counts()
        if not self._waiting:
            return self._message("PUT", "heartbeat", {"progress": counts})
        tasks = [told.event for told in self._waiting]
        told = {"tasks": tasks, "progress": counts, "containers": []}
        return self._message("PUT", "progress", told)

    def _counts(self) -> Event:
        """Return the counts that come with each request, of all processes."""
        names = (
            *("pending", "submitted", "running", "succeeded", "cached", "failed", "aborted"),
            *("stored", "ignored", "retries", "loadCpus", "loadMemory", "peakCpus"),
            *("peakRunning", "peakMemory"),
        )
        counts = dict.fromkeys(names, 0)
        place = {"workDir": f"{runs.WORKDIR}/work/49/960c263622f0fce5fd96048042666d"}
        processes = [
            {"index": index, "name": rule.upper(), **place, **counts, "terminated": False}
            for index, rule in enumerate(self.run.rules(), 1)
        ]
        return {**counts, "processes": processes}

    def _complete(self) -> bytes:
        workflow = self._workflow()
        workflow |= {"success": not self.run.fails, "complete": runs.iso(self.clock(self.now))}
        workflow |= {"exitStatus": 3 * self.run.fails}
        if self.run.fails:
            workflow |= {"errorMessage": runs.ERROR, "errorReport": f"Caused by: {runs.ERROR}"}
        told = {"workflow": workflow, "progress": self._counts(), "metrics": []}
        return self._message("PUT", "complete", told)
