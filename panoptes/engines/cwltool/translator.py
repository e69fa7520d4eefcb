"""What the lines of cwltool's log mean, as events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panoptes.common.text import without_passwords
from panoptes.engines import events
from panoptes.engines.body import fields
from panoptes.engines.cwltool import line
from panoptes.engines.cwltool.line import About, Line, job_id
from panoptes.engines.cwltool.steps import Steps
from panoptes.engines.events import Alive, Event, LogTail, Outcome, RunDescribed
from panoptes.engines.fields import MAX_ITEM, MAX_KEY, MAX_TEXT, Fields, client_time
from panoptes.engines.generic.reader import read_description
from panoptes.engines.interface import (
    BatchReader,
    Engine,
    Lookup,
    Registration,
    Sent,
    State,
)
from panoptes.engines.problems import Broken
from panoptes.engines.watched import (
    INTERRUPTS,
    Exit,
    end_without_word,
    kept,
    read_common,
)

Said = Line | Alive | LogTail | Exit

# What jobs write comes in cwltool's own stderr; where only one runs, it is that one's.
LOG = "stderr"
# All of a run that told of no job (--quiet).
WHOLE = "workflow"
# So many letters of it wait for more, and so many seconds.
MOST_WAITING_TEXT = 8_000
LONGEST_WAIT = 2.0
# Letters of the words about a failure, and of a job's last ones, that are kept.
MOST_WORDS = 2_000
MOST_LAST = 2_000
# Letters of a command that are kept while its lines come.
MOST_COMMAND = 20_000
# Jobs that are remembered while they run.
MOST_RUNNING = 200
# cwltool ends with a signal's number where it was asked to stop by it; without its last word.
_SIGNAL_STATUSES = {15: "SIGTERM"}
_LEVELS = {"INFO": "info", "WARNING": "warning", "ERROR": "error", "CRITICAL": "error"}
_SUCCESS = "success"


def translate(state: State, said: Said, lookup: Lookup) -> tuple[State, Sequence[Event]]:
    """Return what an event means.

    The state holds the steps that are under way (`steps.py`), the jobs that run with what they
    told so far, and what was said about failures.
    """
    translation = _Translation(dict(state), lookup)
    return translation.state, list(translation.of(said))


@dataclass(slots=True)
class _Translation:
    """An event on its way to events of any engine."""

    state: dict[str, Any]
    lookup: Lookup
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self.steps = Steps(self.state)

    def of(self, said: Said) -> Iterator[Event]:
        if isinstance(said, Line):
            yield from self._of_line(said)
        elif isinstance(said, Exit):
            yield from self._exit(said)
        elif isinstance(said, LogTail):
            yield said
        else:
            yield from self._flush(said.time)
            if "end" not in self.state:
                yield said

    # --- lines ------------------------------------------------------------------------------------

    def _of_line(self, said: Line) -> Iterator[Event]:
        if said.before or not said.level:
            yield from self._unmarked(said.before or said.text, said.time)
        if not said.level:
            return
        yield from self._command_is_whole()
        self.state.pop("error_of", None)
        self.state["level"] = said.level
        if said.level != "DEBUG":
            yield events.LogLine(_LEVELS[said.level], said.text[:MAX_TEXT], time=said.time)
            yield from self._logged(said, line.about(said.text))

    def _logged(self, said: Line, told: About | None) -> Iterator[Event]:
        if said.level in ("ERROR", "CRITICAL"):
            self._note_error(said.text, told)
        if (status := line.final_status(said.text)) is not None:
            yield from self._final(status, said.time)
        elif told is None:
            yield from self._about_run(said)
        elif "end" not in self.state:
            about = self._about_job if told.kind == "job" else self._about_step
            yield from about(told, said.time)

    def _unmarked(self, text: str, time: float | None) -> Iterator[Event]:
        """Take what has no mark of the log: it goes on with a message, or a job wrote it."""
        if "command" in self.state:
            yield from self._more_of_command(text)
            return
        running, level = self._running, self.state.get("level")
        if (job := self.state.get("error_of")) in running:
            self._keep(running[job], "words", text, MOST_WORDS)
        elif len(running) == 1:
            yield from self._said_by(next(iter(running)), text, time)
            return
        elif level == "DEBUG":
            return
        elif level in ("ERROR", "CRITICAL"):
            self._keep(self.state, "words", text, MOST_WORDS)
        if not running:
            self._keep(self.state, "last", text, MOST_LAST)
        if text.strip():
            shown = _LEVELS.get(level or "", "info") if not running else "info"
            yield events.LogLine(shown, text[:MAX_TEXT], time=time)

    def _about_run(self, said: Line) -> Iterator[Event]:
        """Take a line about no part of the run: the first ones name the version and the file."""
        if (version := line.version(said.text)) is not None:
            yield RunDescribed({"engine_version": version[:MAX_KEY]}, time=said.time)
        elif (file := line.main_file(said.text)) is not None:
            self.state["resolved"] = True
            yield RunDescribed({"main_file": without_passwords(file[:MAX_ITEM])}, time=said.time)

    def _note_error(self, text: str, told: About | None) -> None:
        self._keep(self.state, "words", text, MOST_WORDS)
        running = self._running
        job = told.name if told is not None else next(iter(running), None)
        if job in running and (told is not None or len(running) == 1):
            self._keep(running[job], "words", told.said if told else text, MOST_WORDS)
            self.state["error_of"] = job

    # --- steps ------------------------------------------------------------------------------------

    def _about_step(self, told: About, time: float | None) -> Iterator[Event]:
        kind, name, said = told
        if kind == "workflow":
            if said == "start":
                self.steps.workflow_seen(name)
            elif said.startswith("starting step "):
                self.steps.step_of(name, said.removeprefix("starting step "))
            elif said.startswith("completed "):
                self.steps.workflow_ended(name)
        elif said == "start":
            for job, wildcards in self.steps.step_begun(name):
                yield events.JobTold(job_id(job), {"wildcards": wildcards}, time=time)
        elif said.startswith("completed "):
            self.steps.step_ended(name)

    # --- jobs -------------------------------------------------------------------------------------

    @property
    def _running(self) -> dict[str, dict[str, Any]]:
        running: dict[str, dict[str, Any]] = self.state.setdefault("running", {})
        return running

    def _about_job(self, told: About, time: float | None) -> Iterator[Event]:
        _, name, said = told
        if (begun := line.command(said)) is not None:
            yield from self._job_begins(name, *begun, time)
        elif said.startswith("Using cached output in "):
            rule, wildcards = self.steps.place_of(name)
            details: dict[str, Any] = {"cached": True, "wildcards": wildcards}
            details["workdir"] = said.removeprefix("Using cached output in ")[:MAX_ITEM]
            yield events.JobFinished(job_id(name), details, rule, time=time)
        elif said.startswith("completed "):
            yield from self._job_ends(name, said.removeprefix("completed "), time)
        else:
            self._note(name, said)

    def _job_begins(
        self, name: str, workdir: str, command: str, time: float | None
    ) -> Iterator[Event]:
        yield from self._flush(time)
        self.state.pop("said", None)
        rule, wildcards = self.steps.place_of(name)
        details: dict[str, Any] = {"wildcards": wildcards, "workdir": workdir[:MAX_ITEM]}
        quote = line.open_quote(command)
        if quote or command.endswith("\\"):
            self.state["command"] = {"job": name, "text": command[:MOST_COMMAND], "quote": quote}
        else:
            details["shell_command"] = without_passwords(command[:MOST_COMMAND])
        if len(self._running) < MOST_RUNNING:
            self._running[name] = {}
        yield events.JobSeen(job_id(name), rule, details, time=time)

    def _more_of_command(self, text: str) -> Iterator[Event]:
        command = self.state["command"]
        command["text"] = f"{command['text']}\n{text}"[:MOST_COMMAND]
        command["quote"] = line.open_quote(text, command["quote"])
        if not command["quote"] and not text.endswith("\\"):
            yield from self._command_is_whole()

    def _command_is_whole(self) -> Iterator[Event]:
        command = self.state.pop("command", None)
        if command is not None:
            text = without_passwords(command["text"])
            yield events.JobTold(job_id(command["job"]), {"shell_command": text})

    def _note(self, name: str, said: str) -> None:
        """Keep what is told of a job before it ends."""
        job = self._running.get(name)
        if job is None and line.exit_status(said) is not None and len(self._running) < MOST_RUNNING:
            # With --quiet, nothing was told of its beginning.
            job = self._running[name] = {}
        if job is None:
            return
        if (memory := line.max_memory(said)) is not None:
            job["memory"] = memory
        elif (status := line.exit_status(said)) is not None:
            job["status"], job["how"] = status, said
        elif line.ended_by(said) is not None:
            job["how"] = said

    def _job_ends(self, name: str, outcome: str, time: float | None) -> Iterator[Event]:
        yield from self._flush(time)
        known = self.lookup.job(job_id(name))
        job, last = self._running.pop(name, {}), self._last_words(name)
        rule = ""
        details: dict[str, Any] = {}
        if known is None:
            rule, wildcards = self.steps.place_of(name)
            details["wildcards"] = wildcards
        if job.get("size"):
            details["log"] = [LOG]
        if "memory" in job:
            details["usage"] = {"max_memory": job["memory"]}
        if outcome == _SUCCESS:
            details["exit_status"] = 0
            if known is None:
                yield events.JobSeen(job_id(name), rule, details, time=time)
            yield events.JobFinished(job_id(name), details, rule, time=time)
            return
        if "status" in job:
            details["exit_status"] = job["status"]
        words = [job.get("how"), job.get("words"), last]
        error = "\n".join(filter(None, words)) or f"completed {outcome}"[:MAX_KEY]
        yield events.JobFailed(job_id(name), rule, error, details, time=time)

    # --- what a job writes ------------------------------------------------------------------------

    def _said_by(self, name: str, text: str, time: float | None) -> Iterator[Event]:
        """Take a line that a job wrote, which goes to its log with the next ones."""
        said = self.state.get("said")
        if said is None or said["job"] != name:
            said = self.state["said"] = {"job": name, "new": "", "last": "", "since": time}
        said["new"] += f"{text}\n"
        self._keep(said, "last", text, MOST_LAST)
        since = said["since"]
        waited = time is None or since is None or not 0 <= time - since < LONGEST_WAIT
        if waited or len(said["new"]) > MOST_WAITING_TEXT:
            yield from self._flush(time)

    def _flush(self, time: float | None) -> Iterator[Event]:
        """Tell what a job wrote since the last time."""
        said = self.state.get("said")
        if said is None or not said["new"]:
            return
        job = self._running.get(said["job"], {})
        new, begin = said["new"], job.get("size", 0)
        job["size"] = begin + len(new.encode())
        said["new"], said["since"] = "", time
        yield LogTail(job_id(said["job"]), LOG, begin, new, job["size"], time=time)

    def _last_words(self, name: str) -> str:
        """Return the last lines that a job wrote, as far as they are known to be its."""
        said = self.state.pop("said", None) or {}
        return said["last"] if said.get("job") == name else ""

    # --- the end ----------------------------------------------------------------------------------

    def _final(self, status: str, time: float | None) -> Iterator[Event]:
        self.state["end"] = status
        yield from self._flush(time)
        if status == _SUCCESS:
            yield events.RunEnded(Outcome.SUCCESS, time=time)
        else:
            text = None if self.lookup.run.error else self.state.get("words")
            yield events.RunEnded(Outcome.ERROR, text, time=time)

    def _exit(self, end: Exit) -> Iterator[Event]:
        """Take how cwltool ended: only what it didn't say itself is news."""
        yield from self._command_is_whole()
        yield from self._flush(end.time)
        said = self.state.get("end")
        if said is not None and (said != _SUCCESS or end.status == 0):
            return
        if said is None and end.status == 0:
            yield from self._end_in_silence(end.time)
        else:
            signal = end.signal or _SIGNAL_STATUSES.get(end.status or 0)
            end = end._replace(signal=signal)
            if signal in INTERRUPTS:
                for job in self.lookup.running_jobs():
                    yield events.JobCancelled(events.JobId(job.key, job.part), time=end.time)
            words = self.state.get("words") or self.state.get("last")
            yield end_without_word("cwltool", end, words)
        self.state["end"] = "exit"

    def _end_in_silence(self, time: float | None) -> Iterator[Event]:
        """Take a good end without the last word: nothing was run (--validate), or with --quiet."""
        ran = self.lookup.run.jobs_known
        if not ran and not self.state.get("resolved"):
            # Nothing else tells that something ran.
            yield events.JobFinished(job_id(WHOLE), {"exit_status": 0}, WHOLE, time=time)
            ran = 1
        yield events.RunEnded(Outcome.SUCCESS if ran else Outcome.NOTHING_TO_DO, time=time)

    # --- state ------------------------------------------------------------------------------------

    @staticmethod
    def _keep(where: dict[str, Any], name: str, text: str, most: int) -> None:
        where[name] = kept(where, name, text, most)


def describe(description: Mapping[str, Any]) -> Registration:
    """Return the registration of a run of cwltool that its watcher describes so."""
    details = read_description(description)
    return Registration(CWLTOOL, None, RunDescribed({**details, "total_grows": True}))


def read_event(message: Fields) -> Said:
    """Return what an event says. Raises Broken."""
    common = read_common(message)
    if common is not None:
        return common
    text = message.get("text")
    if message.get("event") != "line" or not isinstance(text, str):
        raise Broken("event", "Give line (with its text), log_tail, heartbeat or exit.")
    return line.read_line(text[:MAX_TEXT], client_time(message.get("time")))


def _read_sent(sent: Sent) -> Said:
    return read_event(fields(*sent))


CWLTOOL = Engine("cwltool", translate, _read_sent)
CWLTOOL_BATCHES = BatchReader(CWLTOOL, describe, read_event)
