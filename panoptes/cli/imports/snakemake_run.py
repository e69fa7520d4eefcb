"""Makes a run of a log of Snakemake: what it is, and what its log can't tell."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import Any

from panoptes.cli.imports.lines import without_colours
from panoptes.cli.imports.snakemake_log import Event, LogReader, time_of
from panoptes.cli.imports.source import ImportedRun, NoSuchRun, Source, folder_of, local_time
from panoptes.common.wording import count

NAME = "snakemake"
# Lines by which a log is known, in any of its first ones.
_KNOWN_BY = re.compile(
    r"(?:Building DAG of jobs\.\.\.|Job (?:stats|counts):|SNAKEMAKE|host: \S+"
    r"|Assuming unrestricted shared filesystem usage\.|Provided cores: \d+.*"
    r"|Select jobs to execute\.\.\.|(?:local)?(?:rule|checkpoint) \S+:)$",
    re.MULTILINE,
)
# Snakemake calls a log by when it began, by the clock of its machine.
_FILE = re.compile(r"(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d(?:\.\d+)?)\.snakemake\.log$")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HOST = re.compile(r"host: (\S+)$")
# Of a log without any time, so many lines are read to be sure.
_FIRST_LINES = 100_000
# What the log has under these names -> what the plugin calls it.
_DESCRIPTION = {
    "snakemake_version": "version",
    "platform": "platform",
    "host": "host",
    "user": "user",
    "cmd": "command",
    "snakefile_main": "snakefile",
    "cwd": "workdir",
}
TIMES = "Times are to the second, by the time zone of the machine that imported them."
EMPTY = (
    "The log is empty: Snakemake 9.0 leaves its logs so, and so does any that can't read its"
    " Snakefile."
)
QUIET = (
    "The log tells of no job, of no error and of no end: Snakemake leaves them out where it is"
    " called with --quiet."
)


def is_log(source: Source) -> bool:
    """Return whether a file looks like a log of Snakemake."""
    if source.path is not None and _FILE.search(source.path.name):
        return True
    return _KNOWN_BY.search(without_colours(source.beginning())) is not None


def read_run(source: Source) -> ImportedRun:
    """Return the run of a log, which is read twice: first for what stands at its end.

    Raises NoSuchRun.
    """
    began = _began(source)
    first = _Survey(LogReader(source.lines(), began))
    if not first.count:
        raise NoSuchRun(EMPTY)
    if not (first.jobs or first.errors or first.reader.is_complete):
        raise NoSuchRun(QUIET)
    description = {**first.description, "client": "panoptes import"}
    folder = PurePath(description.get("workdir", "")).name
    uid = first.workflow_id if first.workflow_id and first.reader.is_complete else None
    rules = first.known_rules()
    notes = list(first.notes(rules))
    said = " ".join(["Imported from Snakemake's log.", TIMES, *notes])
    return ImportedRun(
        uid=uid or f"log-{source.digest()}",
        engine=NAME,
        name=folder or folder_of(source.path, ".snakemake", "log") or source.stem,
        began=began,
        count=first.count + 1,
        events=partial(_events, source, began, rules, said),
        told=count(len(first.jobs), "job"),
        description=description,
        notes=notes,
        always=[TIMES],
    )


def _events(source: Source, began: float, rules: Mapping[int, str], said: str) -> Iterable[Event]:
    yield {"event": "log", "time": began, "level": "info", "msg": said}
    yield from LogReader(source.lines(), began, rules).events()


def _began(source: Source) -> float:
    """Return when a run began: by the log's name, its first time, or when it was last written."""
    named = _FILE.search(source.path.name) if source.path is not None else None
    if named is not None:
        at = local_time(f"{named[1]}{named[2]}:{named[3]}:{named[4]}")
        if at is not None:
            return at
    times = (time_of(without_colours(line)) for line in islice(source.lines(), _FIRST_LINES))
    first = next((each for each in times if each is not None), None)
    return first or source.changed_at() or time.time()


class _Survey:
    """What the events of a log say together: `count` of them, `jobs` by their ids, `errors`."""

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self.count = self.errors = 0
        self.jobs: set[Any] = set()
        self.description: dict[str, Any] = {}
        self.workflow_id: str | None = None
        self._plan = ""
        self._of_rule: Counter[str] = Counter()
        self._nameless: dict[Any, str | None] = {}
        self._is_checkpointed = False
        for event in reader.events():
            self._note(event)
        # The end is added to whatever there is.
        self.count -= not (self.count > 1 or reader.is_complete)

    def _note(self, event: Event) -> None:
        self.count += 1
        kind = event["event"]
        if kind == "job_info":
            self._note_job(event)
        elif kind == "job_error":
            self.jobs.add(event["jobid"])
            self._name(event["jobid"], event["rule_name"])
        elif kind == "job_finished":
            self.jobs.add(event["job_id"])
            self._name(event["job_id"], event.get("rule_name"))
        elif kind == "run_info":
            self._plan = self._plan or event["msg"]
        elif kind == "error":
            self.errors += 1
        elif kind == "workflow_started":
            self._describe(event)
        elif kind == "log" and (host := _HOST.match(event["msg"])):
            self.description.setdefault("host", host[1])

    def _note_job(self, event: Event) -> None:
        jobid, rule = event["jobid"], event.get("rule_name")
        self._is_checkpointed |= bool(event.get("is_checkpoint"))
        if rule is None:
            self._nameless.setdefault(jobid, None)
        elif jobid not in self.jobs:
            self._of_rule[rule] += 1
        self.jobs.add(jobid)

    def _name(self, jobid: Any, rule: str | None) -> None:
        if rule is not None and jobid in self._nameless:
            self._nameless[jobid] = rule

    def _describe(self, event: Event) -> None:
        told = {ours: event[theirs] for theirs, ours in _DESCRIPTION.items() if theirs in event}
        self.description |= told
        uid = str(event.get("workflow_id"))
        self.workflow_id = uid if _UUID.fullmatch(uid) else None

    def known_rules(self) -> dict[Any, str]:
        """Return the rules of jobs whose announcement doesn't tell them, as far as they are sure.

        Their end or their failure may name it, or all of them are of the one rule that is left.
        """
        from panoptes.engines.snakemake.run_info import planned_jobs

        known = {jobid: rule for jobid, rule in self._nameless.items() if rule is not None}
        plan = planned_jobs(self._plan)
        if plan is None or self._is_checkpointed:
            return known
        named = self._of_rule + Counter(known.values())
        left = {rule: number - named[rule] for rule, number in plan.rules.items()}
        left = {rule: number for rule, number in left.items() if number > 0}
        rest = [jobid for jobid in self._nameless if jobid not in known]
        if len(left) == 1 and sum(left.values()) == len(rest):
            known |= dict.fromkeys(rest, next(iter(left)))
        return known

    def notes(self, rules: dict[Any, str]) -> Iterable[str]:
        """Yield what isn't in the log, as sentences."""
        if self._nameless:
            jobs = count(len(self._nameless), "job")
            yield f"Files and wildcards of {jobs} aren't in the log, which has a message instead."
        if unknown := len(self._nameless.keys() - rules.keys()):
            yield f"Nor are the rules of {count(unknown, 'job')}."
        if self.reader.is_quiet:
            yield "Which jobs ran isn't in the log: Snakemake was called with --quiet."
        if not self.reader.is_complete:
            yield "How the run ended isn't in the log: it is shown as an error."
