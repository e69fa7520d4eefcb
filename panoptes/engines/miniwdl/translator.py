"""What the records of miniwdl's log mean, as events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from signal import Signals
from typing import Any, NamedTuple

from panoptes.common.status import Status
from panoptes.common.text import without_passwords
from panoptes.common.usage import whole_figure
from panoptes.engines import events
from panoptes.engines.body import fields
from panoptes.engines.events import Alive, Event, LogTail, Outcome, RunDescribed
from panoptes.engines.fields import (
    MAX_KEY,
    MAX_TEXT,
    Fields,
    client_time,
    count,
    exit_status,
    text_of,
)
from panoptes.engines.generic.reader import read_description
from panoptes.engines.interface import BatchReader, Engine, Lookup, Registration, Sent, State
from panoptes.engines.miniwdl.record import Call, Record, call_of, read_record
from panoptes.engines.problems import Broken
from panoptes.engines.watched import (
    Exit,
    end_without_word,
    interrupted,
    kept,
    read_common,
)

# Calls that are ready, of which it isn't known yet whether they are tasks; kinds of callees.
MOST_READY = 1_000
MOST_KINDS = 2_000
# Letters of the words about a failure, and of a task's last ones, that are kept.
MOST_WORDS = 4_000
MOST_LAST = 2_000
# How miniwdl calls it when it stops a task since another one failed, or since it is stopped itself.
_STOPPED = "Terminated"


class Unread(NamedTuple):
    """A line of miniwdl's that is no record, such as those about a file that can't be read."""

    text: str
    time: float | None


Said = Record | Unread | Alive | LogTail | Exit


def translate(state: State, said: Said, lookup: Lookup) -> tuple[State, Sequence[Event]]:
    """Return what an event means.

    The state holds of what kind callees are (`kinds`) and the calls of those that it isn't known of
    (`ready`), the signal that stops the run, what was said of its failure, and how it ended.
    """
    translation = _Translation(dict(state), lookup)
    return translation.state, list(translation.of(said))


@dataclass(slots=True)
class _Translation:
    """An event on its way to events of any engine."""

    state: dict[str, Any]
    lookup: Lookup

    def of(self, said: Said) -> Iterator[Event]:
        if isinstance(said, Record):
            yield from self._of_record(said)
        elif isinstance(said, Unread):
            self._keep("last", said.text, MOST_LAST)
            yield events.LogLine("info", said.text, time=said.time)
        elif isinstance(said, Exit):
            yield from self._exit(said)
        elif isinstance(said, LogTail):
            self.state["tail"] = [said.job.key, said.text[-MOST_LAST:].strip()]
            yield said
        elif "end" not in self.state:
            yield said

    def _of_record(self, record: Record) -> Iterator[Event]:
        if (level := record.shown_level) is not None:
            yield events.LogLine(level, record.line, time=record.time)
        call = record.call
        if "end" in self.state:
            return
        if call is None:
            yield from self._of_miniwdl(record)
        elif call.is_task:
            yield from self._of_task(record, call)
        else:
            yield from self._of_workflow(record, call)

    # --- workflows --------------------------------------------------------------------------------

    def _of_workflow(self, record: Record, call: Call) -> Iterator[Event]:
        message, time = record.message, record.time
        if message == "ready":
            yield from self._ready(record)
        elif message in ("workflow start", "miniwdl"):
            yield from self._workflow_begins(record, call)
        elif message == "aborting workflow":
            self._note_signal(record.values.get("signal"))
        elif record.is_failure:
            self._keep("words", _words_of(record), MOST_WORDS)
        if message == "done (cached)":
            # Its tasks are told of no more than that: to whom looks, it is one.
            details = {"cached": True, "wildcards": call.wildcards}
            yield events.JobFinished(call.id, details, call.rule, time=time)
        if call.is_whole and message in ("done", "done (cached)"):
            yield from self._succeed(time)

    def _workflow_begins(self, record: Record, call: Call) -> Iterator[Event]:
        details = {}
        if record.message == "workflow start":
            self._learn(record, "w")
            if call.is_whole and (folder := record.text("dir")):
                details["log_file"] = f"{folder}/workflow.log"
        elif version := record.text("version", MAX_KEY):
            details["engine_version"] = version.removeprefix("v")
        if details:
            yield RunDescribed(details, time=record.time)

    def _ready(self, record: Record) -> Iterator[Event]:
        """Take a call whose inputs are there: a task waits now, a workflow begins."""
        job, callee = record.text("job"), record.text("callee", MAX_KEY)
        if job is None or callee is None:
            return
        source = f"{record.source}.t:{job}"
        kind = self._kinds.get(callee)
        if kind == "t":
            yield from self._waits(source, record.time)
        elif kind is None and sum(map(len, self._held.values())) < MOST_READY:
            self._held.setdefault(callee, []).append([source, record.time])

    @property
    def _kinds(self) -> dict[str, str]:
        kinds: dict[str, str] = self.state.setdefault("kinds", {})
        return kinds

    @property
    def _held(self) -> dict[str, list[Any]]:
        held: dict[str, list[Any]] = self.state.setdefault("ready", {})
        return held

    def _learn(self, record: Record, kind: str) -> list[Any]:
        """Note of what kind a callee is; return its calls that were ready before."""
        name = record.text("name", MAX_KEY)
        if name is None:
            return []
        if len(self._kinds) < MOST_KINDS:
            self._kinds[name] = kind
        return self._held.pop(name, [])

    @staticmethod
    def _waits(source: str, time: float | None) -> Iterator[Event]:
        call = call_of(source)
        if call is not None:
            details = {"wildcards": call.wildcards}
            yield events.JobSeen(call.id, call.rule, details, Status.PENDING, time=time)

    # --- tasks ------------------------------------------------------------------------------------

    def _of_task(self, record: Record, call: Call) -> Iterator[Event]:
        message, time = record.message, record.time
        if message == "task setup":
            yield from self._setup(record, call)
        elif record.has_started:
            details = _details(call, record)
            yield events.JobSeen(call.id, call.rule, details, Status.RUNNING, time=time)
        elif message == "effective runtime":
            if asked := _asked_for(record):
                yield events.JobTold(call.id, asked, time=time)
        elif message in ("done", "done (cached)"):
            ended = {"cached": True} if message != "done" else {"exit_status": 0}
            details = {"wildcards": call.wildcards, **ended}
            yield events.JobFinished(call.id, details, call.rule, time=time)
            if call.is_whole:
                yield from self._succeed(time)
        elif record.is_failure:
            yield from self._failed(record, call)

    def _setup(self, record: Record, call: Call) -> Iterator[Event]:
        for source, time in self._learn(record, "t"):
            if source != call.source:
                yield from self._waits(source, time)
        details = _details(call, record)
        if folder := record.text("dir"):
            details |= {"workdir": folder, "log": [f"{folder}/stderr.txt"]}
        yield events.JobSeen(call.id, call.rule, details, Status.PENDING, time=record.time)

    def _failed(self, record: Record, call: Call) -> Iterator[Event]:
        details: dict[str, Any] = {"wildcards": call.wildcards}
        if (status := exit_status(record.values.get("exit_status"))) is not None:
            details["exit_status"] = status
        if file := record.text("stderr_file"):
            details["log"] = [file]
        if record.text("error") == _STOPPED:
            yield events.JobCancelled(call.id, details, call.rule, time=record.time)
            return
        job, tail = self.state.pop("tail", (None, ""))
        words = [_words_of(record), tail if job == call.id.key else ""]
        error = "\n".join(filter(None, words))
        yield events.JobFailed(call.id, call.rule, error, details, time=record.time)
        if record.message.endswith(" will be retried"):
            waits = {"wildcards": call.wildcards, **self._next_try(call)}
            yield events.JobSeen(call.id, call.rule, waits, Status.PENDING, time=record.time)

    def _next_try(self, call: Call) -> dict[str, Any]:
        """Return where a task works that is tried again, and which log that try has."""
        known = self.lookup.job(call.id)
        if known is None or known.workdir is None:
            return {}
        log = f"{known.workdir}/stderr{known.attempt + 1}.txt"
        return {"workdir": known.workdir, "log": [log]}

    # --- the end ----------------------------------------------------------------------------------

    def _of_miniwdl(self, record: Record) -> Iterator[Event]:
        """Take a record of miniwdl's own: one of an error is its last word."""
        if not record.is_failure:
            return
        self.state["end"] = "error"
        text = None if self.lookup.run.error else self.state.get("words") or _words_of(record)
        if (signal := self.state.get("signal")) is not None:
            text = interrupted(signal)
        yield events.RunEnded(Outcome.ERROR, text, time=record.time)

    def _succeed(self, time: float | None) -> Iterator[Event]:
        self.state["end"] = "success"
        yield events.RunEnded(Outcome.SUCCESS, time=time)

    def _exit(self, end: Exit) -> Iterator[Event]:
        """Take how miniwdl ended: only what it didn't say itself is news."""
        said = self.state.get("end")
        if said == "error" or (said is not None and end.status == 0):
            return
        self.state["end"] = "exit"
        if said is None and end.status == 0:
            ran = self.lookup.run.jobs_known
            outcome = Outcome.SUCCESS if ran else Outcome.NOTHING_TO_DO
            yield events.RunEnded(outcome, time=end.time)
        else:
            words = self.state.get("words") or self.state.get("last")
            signal = end.signal or self.state.get("signal")
            yield end_without_word("miniwdl", end._replace(signal=signal), words)

    def _note_signal(self, number: object) -> None:
        try:
            self.state["signal"] = Signals(number).name if isinstance(number, int) else None
        except ValueError:
            return

    def _keep(self, name: str, text: str, most: int) -> None:
        self.state[name] = kept(self.state, name, text, most)


def _details(call: Call, record: Record) -> dict[str, Any]:
    details: dict[str, Any] = {"wildcards": call.wildcards}
    if record.command is not None:
        details["shell_command"] = without_passwords(record.command)
    return details


def _asked_for(record: Record) -> dict[str, Any]:
    """Return what a task asked for, which --verbose tells."""
    threads = count(record.values.get("cpu"))
    memory = whole_figure(record.values.get("memory_reservation"))
    told = {"threads": threads, "requested_memory": memory}
    return {name: value for name, value in told.items() if value is not None}


def _words_of(record: Record) -> str:
    """Return what a record says of a failure."""
    error, status = record.text("error"), exit_status(record.values.get("exit_status"))
    kind = error if status is None else f"{error}, exit status {status}"
    first = f"{record.message}: {kind}" if record.message else kind or ""
    return "\n".join(filter(None, [first, record.text("words", MOST_WORDS)]))


def describe(description: Mapping[str, Any]) -> Registration:
    """Return the registration of a run of miniwdl that its watcher describes so."""
    details = read_description(description)
    return Registration(MINIWDL, None, RunDescribed({**details, "total_grows": True}))


def read_event(message: Fields) -> Said:
    """Return what an event says. Raises Broken."""
    common = read_common(message)
    if isinstance(common, LogTail):
        call = call_of(str(message.get("job")))
        return common if call is None else replace(common, job=call.id)
    if common is not None:
        return common
    time = client_time(message.get("time"))
    event, record, text = (message.get(name) for name in ("event", "record", "text"))
    if event == "record" and isinstance(record, dict):
        return read_record(record, text_of(message, "command", MAX_TEXT), time)
    if event == "line" and isinstance(text, str):
        return Unread(text[:MAX_TEXT], time)
    raise Broken("event", "Give record, line (with its text), log_tail, heartbeat or exit.")


def _read_sent(sent: Sent) -> Said:
    return read_event(fields(*sent))


MINIWDL = Engine("miniwdl", translate, _read_sent)
MINIWDL_BATCHES = BatchReader(MINIWDL, describe, read_event)
