"""What the messages on Toil's bus and the lines of its log mean, as events.

The bus tells which jobs there are and how they end, the log which version, resources and words
belong to that. Both come as they are written, but either may be ahead of the other.

A worker of Toil runs jobs of CWL that follow each other one after another, and the bus tells of the
first one alone: of the others, the log says that they are done, or which of them failed.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from signal import Signals
from typing import Any, NamedTuple

from panoptes.common.status import Status
from panoptes.common.text import without_passwords
from panoptes.common.wildcards import brief
from panoptes.engines import events
from panoptes.engines.body import fields
from panoptes.engines.events import Alive, Event, JobId, LogLine, LogTail, Outcome, RunDescribed
from panoptes.engines.fields import MAX_KEY, MAX_TEXT, Fields, client_time
from panoptes.engines.generic.reader import read_description
from panoptes.engines.interface import (
    BatchReader,
    Engine,
    KnownAttempt,
    Lookup,
    Registration,
    State,
)
from panoptes.engines.problems import Broken
from panoptes.engines.toil import bus, log
from panoptes.engines.toil.log import Line
from panoptes.engines.toil.names import Find, Job, note_workflow, place_in_cwl, place_in_wdl
from panoptes.engines.watched import INTERRUPTS, Exit, end_without_word, read_common

# Jobs that were issued and haven't begun, or whose word about their end is still to come; of more,
# nobody knows when they begin to run, and those that a worker runs behind them aren't told.
_MOST_WAITING = 2000
# Failures of which only the bus or only the log has told.
_MOST_FAILURES = 50
# Letters of a block of what a job wrote that are kept, of a job's words, and of a run's last ones.
_MOST_BLOCK = 32_000
_MOST_WORDS = 4_000
_MOST_LAST = 8_000
# The leader of Toil looks this often, in seconds, which processes were started on its machine.
_LOOK = 2.0
# The parts of jobs that the bus tells of; those of others count from 0.
_FIRST_PART, _LAST_PART = 2**20, 2**31 - 1
_OPEN = (Status.PENDING, Status.RUNNING)
_STDERR, _WORKER_LOG = "stderr", "Toil's log"
_INTERRUPTED = (
    "Toil was interrupted before it was done, probably by SIGTERM (somebody or a scheduler asked it"
    " to stop)."
)


class Said(NamedTuple):
    """A message on Toil's bus, None for one that doesn't matter, and when it was read."""

    message: bus.Message | None
    time: float | None


Content = Said | Line | Alive | LogTail | Exit


class _Shown(NamedTuple):
    """A job as the pages show it."""

    id: JobId
    rule: str
    details: dict[str, Any]


@dataclass(slots=True)
class _Translation:
    """An event on its way to events of any engine.

    Nothing within `state` is changed in place. It holds what names.py needs, and

    - `batches`: of jobs that wait, by their number, the name and the id
    - `awaited`: by digests of names, those of the ids of jobs of which the log will say that they
      are complete; `overflows` where there were too many
    - `failed`: by ids, jobs whose worker failed while it isn't known which of its jobs did: the
      name, the exit status and the time
    - `blamed`: by ids, what the log said of a failure that the bus hasn't told yet
    - `about`: the last failed job that the log named; `block`: what is read of a block
    - `asked`: by numbers, what was asked for, for jobs that the bus hasn't told yet
    - `heard`: when the bus was last heard of; `informs`: the log has lines of level info
    - `began`, `finished`, `end`: that jobs were issued, that all have ended, and whether the run
      ended well
    - `last`: the last words, which may say why the run ended.
    """

    state: dict[str, Any]
    lookup: Lookup
    find: Find

    def of(self, said: Content) -> Iterator[Event]:
        if isinstance(said, Said):
            yield from self._of_message(said.message, said.time)
            if said.time is not None:
                self.state["heard"] = said.time
        elif isinstance(said, Line):
            yield from self._of_line(said)
        elif isinstance(said, Exit):
            yield from self._exit(said)
        elif isinstance(said, LogTail) or "end" not in self.state:
            yield said

    # --- the bus ----------------------------------------------------------------------------------

    def _of_message(self, message: bus.Message | None, time: float | None) -> Iterator[Event]:
        if isinstance(message, bus.External):
            yield from self._external(message, time)
        elif isinstance(message, bus.Issued):
            yield from self._issued(message, time)
        elif message is not None and message.job.is_shown:
            if isinstance(message, bus.Completed):
                yield from self._completed(message, time)
            else:
                yield from self._failed(message.job, time)
        if "end" not in self.state:
            yield Alive(time=time)

    def _issued(self, issued: bus.Issued, time: float | None) -> Iterator[Event]:
        job, batch = issued.job, str(issued.batch)
        self.state["began"] = True
        if job.is_workflow:
            note_workflow(self.state, job.name)
        if not job.is_shown:
            return
        yield from self._failed(job, time, given_up=False)
        if job.is_of_cwl and self.state.get("informs"):
            self._await(job)
        shown, asked = self._shown(job), self._pop("asked", batch) or {}
        waits = self._put("batches", batch, list(job), _MOST_WAITING)
        status = Status.PENDING if waits else Status.RUNNING
        details = {**shown.details, **asked}
        yield events.JobSeen(shown.id, shown.rule, details, status, time=time)

    def _external(self, external: bus.External, time: float | None) -> Iterator[Event]:
        found = self._pop("batches", str(external.batch))
        if found is None:
            return
        job = Job(*found)
        shown, details = self._shown(job), {"external_id": brief(external.id, MAX_KEY)}
        if self._status(job) == Status.PENDING:
            yield events.JobSeen(shown.id, shown.rule, details, time=time)
        else:
            yield events.JobTold(shown.id, details, time=time)

    def _completed(self, completed: bus.Completed, time: float | None) -> Iterator[Event]:
        job, status = completed.job, completed.status
        if status == 0:
            yield self._finished(job, time)
            return
        self._put("failed", job.store_id, [job.name, status, time], _MOST_FAILURES)
        blamed = self.state.get("blamed", {}).get(job.store_id)
        if blamed is not None:
            yield from self._failed(Job(blamed["name"], job.store_id), time)

    def _finished(self, job: Job, time: float | None) -> Event:
        shown, started = self._shown(job), self._late_start(job, time)
        return events.JobFinished(
            shown.id, shown.details, shown.rule, started=started, time=time, is_report=True
        )

    def _late_start(self, job: Job, time: float | None) -> float | None:
        """Return when a job began that ended before that was told: since the bus was heard of."""
        if time is None or self._status(job) != Status.PENDING:
            return None
        heard: float = self.state.get("heard", 0)
        return min(max(heard, time - _LOOK), time)

    def _failed(self, job: Job, time: float | None, *, given_up: bool = True) -> Iterator[Event]:
        """Yield what a failure of a worker means, now that it is known whose it is: this job's.

        Without `given_up`, the job is issued again, or may be a new one.
        """
        words = self._pop("blamed", job.store_id) or {}
        ended = self._pop("failed", job.store_id)
        if ended is None:
            if given_up and (words or self._status(job) in _OPEN):
                shown, error = self._shown(job), words.get("words")
                details = {**shown.details, **words.get("details", {})}
                yield events.JobFailed(shown.id, shown.rule, error, details, time=time)
            return
        first, status, at = ended
        if first != job.name:
            yield self._finished(Job(first, job.store_id), at)
        shown = self._shown(job)
        told = words.get("details") or _exit_status(status)
        yield events.JobFailed(
            shown.id,
            shown.rule,
            words.get("words") or _words(status),
            {**shown.details, **told},
            started=self._late_start(job, at),
            time=at,
            is_report=True,
        )

    # --- the log ----------------------------------------------------------------------------------

    def _of_line(self, line: Line) -> Iterator[Event]:
        if (block := self.state.get("block")) is not None:
            if line.is_in_block:
                text = f"{block['text']}{line.text[1:]}\n"[-_MOST_BLOCK:]
                self.state["block"] = {**block, "text": text}
                return
            if line.text == log.BLOCK_BEGIN:
                return
            del self.state["block"]
            yield from self._of_block(block, line.time)
        if line.text == log.BLOCK_BEGIN:
            self.state["block"] = {"log": "", "text": ""}
        elif line.text.strip() and line.text != log.BLOCK_END:
            yield from self._of_own_line(line)

    def _of_own_line(self, line: Line) -> Iterator[Event]:
        if line.level == "info":
            self.state["informs"] = True
        else:
            self.state["last"] = f"{self.state.get('last', '')}\n{line.text}"[-_MOST_LAST:]
        said = log.said(line)
        if said is not None:
            yield from _OF_SAYINGS[type(said)](self, said, line.time)
        if not log.is_of_jobs(line):
            yield LogLine(line.level or "info", without_passwords(line.text), time=line.time)

    def version(self, version: log.Version, time: float | None) -> Iterator[Event]:
        yield RunDescribed({"engine_version": version.number}, time=time)

    def asked(self, asked: log.Asked, time: float | None) -> Iterator[Event]:
        if not asked.job.is_shown:
            return
        told: dict[str, Any] = {"memory": asked.memory, "disk": asked.disk, "cores": asked.cores}
        resources = {name: size for name, size in told.items() if size is not None}
        details: dict[str, Any] = {"resources": resources} if resources else {}
        if asked.memory is not None:
            details["requested_memory"] = asked.memory
        if asked.cores is not None and asked.cores.is_integer():
            details["threads"] = int(asked.cores)
        if str(asked.batch) in self.state.get("batches", {}):
            yield events.JobTold(self._shown(asked.job).id, details, time=time)
        else:
            self._put("asked", str(asked.batch), details, _MOST_FAILURES)

    def step_complete(self, complete: log.StepComplete, time: float | None) -> Iterator[Event]:
        """Take that a job of CWL is done: of one that the bus told of, it tells that, too."""
        digest = _digest(complete.name)
        first, *others = self._pop("awaited", digest) or [None]
        if others:
            self._put("awaited", digest, others, _MOST_WAITING)
        if first is not None:
            return
        shown = self._named(complete.name)
        known = self.lookup.namesakes(shown.id, later=True)
        if not (known and self.state.get("overflows")):
            number = JobId(shown.id.key, len(known))
            yield events.JobFinished(number, shown.details, shown.rule, time=time)

    def blamed(self, blamed: log.Blamed, time: float | None) -> Iterator[Event]:
        job = blamed.job
        self.state["about"] = list(job)
        if job.store_id in self.state.get("failed", {}):
            yield from self._failed(job, time)
        elif self._status(job) != Status.ERROR:
            self._put("blamed", job.store_id, {"name": job.name}, _MOST_FAILURES)

    def worker_log(self, follows: log.WorkerLog, _time: float | None) -> Iterator[Event]:
        name, store_id = self.state.get("about", ["", ""])
        kind = _WORKER_LOG if store_id == follows.store_id else ""
        self.state["block"] = {"log": kind, "job": [name, store_id], "text": ""}
        yield from ()

    def stderr(self, follows: log.Stderr, _time: float | None) -> Iterator[Event]:
        self.state["block"] = {"log": _STDERR, "job": [follows.name, ""], "text": ""}
        yield from ()

    def _of_block(self, block: Mapping[str, Any], time: float | None) -> Iterator[Event]:
        """Yield what a block says that has ended: the words of a failure, or a log."""
        if block["log"] == _STDERR:
            jobs = self.lookup.namesakes(self._named(block["job"][0]).id, later=True)
            # Of several jobs with the same name, nobody knows whose it is.
            if len(jobs) == 1:
                yield from self._log_of(jobs[0], _STDERR, block["text"], time)
        elif block["log"]:
            yield from self._of_failure(Job(*block["job"]), block["text"], time)

    def _of_failure(self, job: Job, text: str, time: float | None) -> Iterator[Event]:
        failure = log.read_failure(text)
        words = without_passwords(failure.words)[-_MOST_WORDS:] or None
        details: dict[str, Any] = {}
        if failure.status is not None:
            details["exit_status"] = failure.status
        if failure.command is not None:
            details["shell_command"] = without_passwords(failure.command)
        shown = self._shown(job)
        known = self.lookup.job(shown.id)
        if known is not None:
            yield from self._log_of(known, _WORKER_LOG, text, time)
        if known is not None and known.status == Status.ERROR:
            yield events.JobTold(shown.id, details, words, time=time)
        else:
            told = {"name": job.name, "words": words, "details": details}
            self._pop("blamed", job.store_id)
            self._put("blamed", job.store_id, told, _MOST_FAILURES)

    @staticmethod
    def _log_of(job: KnownAttempt, path: str, text: str, time: float | None) -> Iterator[Event]:
        job_id, paths = JobId(job.key, job.part), list(job.log or ())
        if path not in paths:
            yield events.JobTold(job_id, {"log": [*paths, path]}, time=time)
        yield LogTail(job_id, path, 0, text, len(text.encode()), time=time)

    # --- the end ----------------------------------------------------------------------------------

    def all_ended(self, _said: log.Finished, _time: float | None) -> Iterator[Event]:
        self.state["finished"] = True
        yield from ()

    def stopped(self, said: log.Stopped, time: float | None) -> Iterator[Event]:
        """Take Toil's own word on the end; where it was interrupted, its exit tells more."""
        if said.success or self.state.get("finished"):
            yield from self._resolve(time)
            self.state["end"] = said.success
            outcome = Outcome.SUCCESS if said.success else Outcome.ERROR
            yield events.RunEnded(outcome, None if said.success else self._why(), time=time)

    def _exit(self, how: Exit) -> Iterator[Event]:
        """Take how Toil's process ended: only what it didn't say itself is news."""
        if (block := self.state.pop("block", None)) is not None:
            yield from self._of_block(block, how.time)
        yield from self._resolve(how.time)
        said, self.state["end"] = self.state.get("end"), how.status == 0
        if how.status != 0:
            if said is None or (said and (how.status, how.signal) != (None, None)):
                yield from self._ended_badly(how)
        elif said is None:
            outcome = Outcome.SUCCESS if self.state.get("began") else Outcome.NOTHING_TO_DO
            yield events.RunEnded(outcome, time=how.time)

    def _ended_badly(self, how: Exit) -> Iterator[Event]:
        words = self._why()
        gave_up = self._gave_up(how)
        if gave_up:
            words = _INTERRUPTED
        if gave_up or how.signal in INTERRUPTS:
            for job in self.lookup.running_jobs():
                yield events.JobCancelled(JobId(job.key, job.part), time=how.time)
        ended = end_without_word("Toil", how, words)
        is_known = how.signal is None and words is None and self.lookup.run.error is not None
        yield replace(ended, text=None) if is_known else ended

    def _gave_up(self, how: Exit) -> bool:
        """Return whether Toil ended before its jobs did, and without a word: asked by a signal."""
        is_told = log.TRACEBACK in self.state.get("last", "") or self.state.get("finished")
        began = self.state.get("began") and self.state.get("informs")
        return how.signal is None and how.status is not None and bool(began) and not is_told

    def _resolve(self, time: float | None) -> Iterator[Event]:
        """Yield the failures of which nobody told whose they are: those of the first jobs."""
        for store_id, (name, _, _) in self.state.get("failed", {}).items():
            yield from self._failed(Job(name, store_id), time)

    def _why(self) -> str | None:
        """Return why the run ended, unless one of its jobs tells."""
        if self.lookup.run.error:
            return None
        return without_passwords(log.last_words(self.state.get("last", "")))[-_MOST_WORDS:] or None

    # --- jobs -------------------------------------------------------------------------------------

    def _shown(self, job: Job) -> _Shown:
        named = self._named(job.name)
        number = zlib.crc32("\t".join(job).encode("utf-8", "replace"))
        part = _FIRST_PART + number % (_LAST_PART - _FIRST_PART)
        details = {**named.details, "msg": " ".join(job)}
        return _Shown(JobId(named.id.key, part), named.rule, details)

    def _named(self, name: str) -> _Shown:
        """Return a job of which only the name is known; its key is made of its rule and shards."""
        place = self.find(self.state, name)
        key = brief(" ".join([place.rule, *place.wildcards.values()]), MAX_KEY)
        details: dict[str, Any] = {"msg": name}
        if place.wildcards:
            details["wildcards"] = dict(place.wildcards)
        return _Shown(JobId(key, -1), place.rule, details)

    def _status(self, job: Job) -> str | None:
        known = self.lookup.job(self._shown(job).id)
        return None if known is None else known.status

    def _await(self, job: Job) -> None:
        """Note that the log will say of a job that it is complete."""
        name, store_id = map(_digest, job)
        others = [each for each in self._pop("awaited", name) or () if each != store_id]
        is_kept = len(others) < _MOST_WAITING
        if not (is_kept and self._put("awaited", name, [*others, store_id], _MOST_WAITING)):
            self.state["overflows"] = True

    # --- the state --------------------------------------------------------------------------------

    def _put(self, where: str, key: str, value: Any, most: int) -> bool:
        """Keep a value in a map of the state, unless that is full; return whether it is kept."""
        known = self.state.get(where, {})
        if len(known) >= most:
            return False
        self.state[where] = {**known, key: value}
        return True

    def _pop(self, where: str, key: str) -> Any:
        """Return a value of a map of the state, None where there is none, and forget it."""
        known = self.state.get(where, {})
        if key not in known:
            return None
        rest = {**known}
        del rest[key]
        self.state[where] = rest
        return known[key]


_OF_SAYINGS: Mapping[type, Any] = {
    log.Version: _Translation.version,
    log.Asked: _Translation.asked,
    log.StepComplete: _Translation.step_complete,
    log.Blamed: _Translation.blamed,
    log.WorkerLog: _Translation.worker_log,
    log.Stderr: _Translation.stderr,
    log.Finished: _Translation.all_ended,
    log.Stopped: _Translation.stopped,
}


def _exit_status(status: int | None) -> dict[str, Any]:
    return {} if status is None or status < 0 else {"exit_status": status}


def _words(status: int | None) -> str | None:
    """Return what a worker's exit status says of a failure of which there are no other words."""
    if status is None or status >= 0:
        return None
    try:
        name = Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"Toil's worker was killed by {name}."


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def read_event(event: Fields) -> Content:
    """Return what an event says. Raises Broken."""
    common = read_common(event)
    if common is not None:
        return common
    kind, text = event.get("event"), event.get("text")
    if kind not in ("line", "message") or not isinstance(text, str):
        raise Broken("event", "Give line or message (with a text), log_tail, heartbeat or exit.")
    time, text = client_time(event.get("time")), text[:MAX_TEXT]
    return log.read_line(text, time) if kind == "line" else Said(bus.read_message(text), time)


def _batches(name: str, find: Find) -> BatchReader:
    """Return what reads the runs of one of Toil's two commands."""

    def translate(state: State, said: Content, lookup: Lookup) -> tuple[State, Sequence[Event]]:
        translation = _Translation(dict(state), lookup, find)
        meant = list(translation.of(said))
        return translation.state, meant

    def describe(description: Mapping[str, Any]) -> Registration:
        details = {**read_description(description), "total_grows": True}
        return Registration(engine, None, RunDescribed(details))

    engine = Engine(name, translate, lambda sent: read_event(fields(*sent)))
    return BatchReader(engine, describe, read_event)


TOIL_CWL_BATCHES = _batches("toil-cwl", place_in_cwl)
TOIL_WDL_BATCHES = _batches("toil-wdl", place_in_wdl)
