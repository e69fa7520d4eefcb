"""Runs of an hour, and what six programs tell of them: each event with its moment.

The events have the fields of those in `tests/recordings`, with rules and files of `typical.py`.
Moments are seconds since the run began; what is told as a time of the calendar comes of a `Clock`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random
from typing import Any, NamedTuple

from benchmarks import typical

Event = dict[str, Any]
# Seconds since a run began -> Unix time.
Clock = Callable[[float], float]
AT_ONCE = 4
# Seconds from a job's submission to its beginning, where an engine tells both.
QUEUED = 5.0
WORKDIR = "/data/cohort7"
ERROR = "cannot open the file"
MEMORY = 2**33


@dataclass(frozen=True)
class Job:
    """A job; `number` counts from 0, `begin` and `end` are seconds since its run began."""

    number: int
    begin: float
    end: float
    fails: bool = False

    @property
    def rule(self) -> str:
        """The name of its rule."""
        return typical.RULES[self.number % len(typical.RULES)]

    @property
    def tag(self) -> str:
        """What tells it from the other jobs of its rule."""
        return ".".join(typical.wildcards(self.number).values())

    @property
    def command(self) -> str:
        """Its command."""
        return typical.shell_command(self.number)


@dataclass(frozen=True)
class Run:
    """A run, whose last job may fail; `seconds` is how long it takes."""

    name: str
    jobs: Sequence[Job]
    seconds: float

    @property
    def fails(self) -> bool:
        """Whether it ends with an error."""
        return any(job.fails for job in self.jobs)

    @property
    def done(self) -> int:
        """How many of its jobs are done at its end."""
        return sum(not job.fails for job in self.jobs)

    def rules(self) -> Counter[str]:
        """Return how many jobs each rule has."""
        return Counter(job.rule for job in self.jobs)

    def moments(self) -> Iterator[tuple[float, Job, bool]]:
        """Yield when a job begins, and then when it ends (True), in order of time."""
        begins = [(job.begin, job, False) for job in self.jobs]
        ends = [(job.end, job, True) for job in self.jobs]
        # Where a job makes room for the next one, its end comes first.
        yield from sorted([*begins, *ends], key=lambda each: (each[0], not each[2]))


def make_run(name: str, jobs: int, seconds: float, *, fails: bool = False) -> Run:
    """Return a run of so many jobs, some at once, whose lengths depend on its name alone."""
    chance = Random(name)
    lanes: list[list[int]] = [list(range(jobs))[lane::AT_ONCE] for lane in range(AT_ONCE)]
    made = []
    for lane in lanes:
        lengths = [chance.uniform(0.5, 1.5) for _ in lane]
        # Nothing begins at once, and some time passes after the last job.
        scale, begin = 0.97 * seconds / sum(lengths or [1]), chance.uniform(0.005, 0.015) * seconds
        for number, length in zip(lane, lengths, strict=True):
            made.append(Job(number, begin, begin + scale * length))
            begin += scale * length
    made.sort(key=lambda job: job.end)
    if fails:
        made[-1] = Job(made[-1].number, made[-1].begin, made[-1].end, fails=True)
    return Run(name, sorted(made, key=lambda job: job.number), seconds)


class Told(NamedTuple):
    """What is told at a moment, and how many jobs are done then."""

    at: float
    event: Event
    done: int


Story = Callable[[Run, Clock], Iterator[Told]]


# --- Snakemake ------------------------------------------------------------------------------------


def snakemake_8(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield the messages of Snakemake 8, once each, stamped so that no two are alike."""
    for number, told in enumerate(_snakemake_8(run)):
        stamp = clock(told.at) + number / 1e6
        yield told._replace(event=told.event | {"timestamp": stamp})


def _snakemake_8(run: Run) -> Iterator[Told]:
    total, done = len(run.jobs), 0
    yield from (Told(0.0, event, 0) for event in typical.start_events(total))
    for job in run.jobs:  # While it builds its graph; `noise_events` has two of the three.
        graph = [*typical.noise_events(job.number)][:2]
        yield from (Told(0.0, event, 0) for event in [*graph, graph[-1]])
    for at, job, ends in run.moments():
        done += ends and not job.fails
        if not ends:
            events = _begun(job, total)
        elif job.fails:
            events = _failed(job)
        else:
            # Its announcement and its command came as it began.
            events = [*typical.state_events(job.number, total)][2:]
            events[-1]["done"] = done
        yield from (Told(at, event, done) for event in events)
    yield from (Told(run.seconds, event, done) for event in _over(run))


def _begun(job: Job, total: int) -> list[Event]:
    noise = [*typical.noise_events(job.number)][2:]
    choosing = {"level": "info", "msg": "Select jobs to execute...", "indent": False}
    going = {"level": "info", "msg": "Execute 1 jobs...", "indent": False}
    announced = [*typical.state_events(job.number, total)][:2]
    return [*noise[:2], choosing, *noise[2:], going, *announced]


def _failed(job: Job) -> list[Event]:
    info = typical.job_info(job.number)
    names = ("name", "msg", "jobid", "input", "output", "log", "indent")
    error = {name: info[name] for name in names} | {"conda_env": None, "aux": {}}
    reason = (
        f"RuleException:\nCalledProcessError in file {WORKDIR}/Snakefile, line 9:\n"
        f"Command '{job.command}' returned non-zero exit status 3."
    )
    return [
        {"level": "debug", "msg": f"Full Traceback (most recent call last):\n{reason}\n"},
        {"level": "error", "msg": reason},
        error | {"shellcmd": job.command, "level": "job_error"},
    ]


_EXITING = "Exiting because a job execution failed. Look above for error message"
_NOT_ALL = "WorkflowError:\nAt least one job did not complete successfully."


def _over(run: Run) -> list[Event]:
    log = "Complete log: .snakemake/log/2026-11-22T141815.071119.snakemake.log"
    locks = ("unlocking", "removing lock", "removing lock", "removed all locks")
    events: list[Event] = [{"level": "info", "msg": log, "indent": False}]
    events += [{"level": "debug", "msg": each} for each in locks]
    if run.fails:
        events.insert(0, {"level": "error", "msg": _EXITING})
        events.append({"level": "error", "msg": _NOT_ALL})
    return events


def snakemake_9(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield the events of our plugin for Snakemake 9."""
    for told in _snakemake_9(run):
        yield told._replace(event=told.event | {"time": clock(told.at)})


def _snakemake_9(run: Run) -> Iterator[Told]:
    total, done = len(run.jobs), 0
    yield from (Told(0.0, event, 0) for event in _plugin_start(run))
    for at, job, ends in run.moments():
        done += ends and not job.fails
        if not ends:
            events = _plugin_begun(job)
        elif job.fails:
            events = _plugin_failed(job)
        else:
            events = [
                {"event": "job_finished", "job_id": job.number + 1},
                {"event": "benchmark", "jobid": job.number + 1, "row": _benchmark(job)},
                {"event": "progress", "done": done, "total": total},
            ]
        yield from (Told(at, event, done) for event in events)
    log = f"Complete log(s): {WORKDIR}/.snakemake/log/2026-11-28T011957.054192.snakemake.log"
    last = [_line("info", log), {"event": "end", "exception": None}]
    if run.fails:
        last.insert(0, _line("error", _EXITING))
        last.insert(2, {"event": "error", "exception": "WorkflowError", "msg": _NOT_ALL})
    yield from (Told(run.seconds, event, done) for event in last)


def _line(level: str, text: str) -> Event:
    return {"event": "log", "level": level, "msg": text}


def _plugin_start(run: Run) -> Iterator[Event]:
    rules = run.rules()
    yield _line("info", "Assuming unrestricted shared filesystem usage.")
    yield {
        "event": "workflow_started",
        "snakemake_version": "9.27.1",
        "cmd": "snakemake --profile slurm --logger panoptes-ui",
        "basedir": WORKDIR,
        "rundir": WORKDIR,
        "snakefile_main": f"{WORKDIR}/Snakefile",
    }
    yield _line("info", "Building DAG of jobs...")
    links = [{"source": place, "target": place + 1} for place in range(len(rules) - 1)]
    graph = {"nodes": [{"rule": rule} for rule in rules], "links": links}
    yield {"event": "rulegraph", "rulegraph": graph}
    yield _line("info", "Using shell: /usr/bin/bash")
    cores = typical.CORES
    yield {"event": "resources_info", "cores": cores, "msg": f"Provided cores: {cores}"}
    yield {"event": "run_info", "stats": {**rules, "total": rules.total()}}


def _plugin_begun(job: Job) -> list[Event]:
    info = typical.job_info(job.number)
    names = (
        *("jobid", "local", "input", "output", "log", "wildcards", "reason", "priority"),
        *("threads", "indent", "is_checkpoint", "is_handover"),
    )
    told = {"event": "job_info"} | {name: info[name] for name in names}
    resources = {"tmpdir": "/tmp", "_nodes": 1, "_cores": 4, "mem_mb": 8000, "mem_mib": 7630}
    told |= {"rule_msg": None, "rule_name": job.rule, "resources": resources}
    told |= {"benchmark": f"benchmarks/{job.rule}/{job.tag}.tsv", "shellcmd": job.command}
    return [{"event": "job_started", "jobs": [job.number + 1]}, told]


def _plugin_failed(job: Job) -> list[Event]:
    debug, error, failed = _failed(job)
    del debug, failed["level"], failed["name"], failed["msg"]
    log = failed["log"][0]
    tail = {"jobid": job.number + 1, "path": log, "from": 0, "text": ERROR, "size": len(ERROR)}
    return [
        {"event": "error", "exception": "RuleException", "msg": error["msg"]},
        failed | {"event": "job_error", "rule_name": job.rule, "rule_msg": None},
        tail | {"event": "log_tail"},
    ]


def _benchmark(job: Job) -> dict[str, str]:
    row = dict.fromkeys(("max_vms", "max_uss", "max_pss", "io_in", "io_out", "mean_load"), "1.73")
    seconds = f"{job.end - job.begin:.2f}"
    return row | {"s": seconds, "h:m:s": "0:06:00", "max_rss": "5120.25", "cpu_time": seconds}


# --- Nextflow -------------------------------------------------------------------------------------


def nextflow(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield the states of tasks as Nextflow 26.04 tells of them."""
    done, states = 0, []
    for job in run.jobs:
        end = "FAILED" if job.fails else "COMPLETED"
        states.append((job.begin, job, "SUBMITTED"))
        states.append((_running(job), job, "RUNNING"))
        states.append((job.end, job, end))
    # The order of states of the same moment: a job's end makes room for the next one.
    order = ("COMPLETED", "FAILED", "SUBMITTED", "RUNNING")
    for at, job, status in sorted(states, key=lambda each: (each[0], order.index(each[2]))):
        done += status == "COMPLETED"
        yield Told(at, _task(job, status, clock), done)


def _running(job: Job) -> float:
    """Return when a job began to run, after it was submitted."""
    return min(job.begin + QUEUED, (job.begin + job.end) / 2)


def iso(seconds: float) -> str:
    """Write a Unix time as Nextflow does."""
    told = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def _task(job: Job, status: str, clock: Clock) -> Event:
    folder = f"{job.number:02x}/{job.number:030x}"
    task: Event = {
        "taskId": job.number + 1,
        "status": status,
        "hash": folder[:9],
        "name": f"{job.rule.upper()} ({job.tag})",
        "exit": 2**31 - 1,
        "submit": iso(clock(job.begin)),
        "start": None if status == "SUBMITTED" else iso(clock(_running(job))),
        "process": job.rule.upper(),
        "tag": job.tag,
        "module": [],
        "container": "biocontainers/samtools:1.21",
        "attempt": 1,
        "script": f"\n    {job.command}\n    ",
        "scratch": None,
        "workdir": f"{WORKDIR}/work/{folder}",
        "queue": "long",
        "cpus": 4,
        "memory": MEMORY,
        "disk": None,
        "time": 3_600_000,
        "env": None,
        "nativeId": 24_710 + job.number,
        "executor": "slurm",
    }
    if status in ("COMPLETED", "FAILED"):
        taken = int(1000 * (job.end - job.begin))
        task |= {"exit": 3 * job.fails, "complete": iso(clock(job.end)), "duration": taken}
        task |= {"errorAction": "TERMINATE" if job.fails else None, "realtime": taken}
    if status == "COMPLETED":
        task |= {"pcpu": 371.7, "cpuModel": "AMD EPYC", "rchar": 94_461, "wchar": 237}
        task |= {"syscr": 203, "syscw": 18, "readBytes": 0, "writeBytes": 12_288, "pmem": 0.1}
        task |= {"vmem": 7_454_720, "rss": 5_074_944, "peakVmem": 7_454_720}
        task |= {"peakRss": 5_074_944, "volCtxt": 2, "invCtxt": 2}
    return task


# --- what `panoptes run` and other programs send in batches ---------------------------------------


def cwltool(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield the lines of cwltool's log that `panoptes run` sends, and how it ended."""
    for at, text, done in _cwltool(run):
        yield Told(at, {"time": clock(at), "event": "line", "text": text}, done)
    exit_ = {"event": "exit", "status": int(run.fails), "signal": None}
    yield Told(run.seconds, {"time": clock(run.seconds), **exit_}, run.done)


def _cwltool(run: Run) -> Iterator[tuple[float, str, int]]:
    info, warning = "\x1b[1;30mINFO\x1b[0m", "\x1b[1;30mWARNING\x1b[0m"
    done, ended, jobs_of = 0, "completed success", run.rules()
    yield 0.0, f"{info} /env/bin/cwltool 3.3.20260925135507", 0
    yield 0.0, f"{info} Resolved '{WORKDIR}/main.cwl' to 'file://{WORKDIR}/main.cwl'", 0
    yield 0.0, f"{info} [workflow ] start", 0
    for at, job, ends in run.moments():
        place = job.number // len(typical.RULES)
        name = f"{job.rule}_{place + 1}" if place else job.rule
        done += ends and not job.fails
        if not ends:
            if not place:
                yield at, f"{info} [workflow ] starting step {job.rule}", done
            yield at, f"{info} [step {job.rule}] start", done
            first, *others = job.command.split(" --")
            yield at, f"{info} [job {name}] /tmp/{run.name}.{job.number}$ {first} \\", done
            for other in others[:-1]:
                yield at, f"    --{other} \\", done
            yield at, f"    --{others[-1]}", done
        elif job.fails:
            ended = "completed permanentFail"
            yield at, ERROR, done
            yield at, f"{warning} \x1b[33m[job {name}] exited with status: 3\x1b[0m", done
            for what in (f"[job {name}]", f"[step {job.rule}]"):
                yield at, f"{warning} \x1b[33m{what} {ended}\x1b[0m", done
        else:
            yield at, f"{info} [job {name}] {ended}", done
            if place + 1 == jobs_of[job.rule]:
                yield at, f"{info} [step {job.rule}] {ended}", done
    yield run.seconds, f"{info} [workflow ] {ended}", done
    yield run.seconds, f"{info} Final process status is {ended.removeprefix('completed ')}", done


def miniwdl(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield the records of miniwdl's log that `panoptes run` sends, and how it ended."""
    for at, event, done in _miniwdl(run):
        if record := event.get("record"):
            record["timestamp"] = round(clock(at), 3)
        yield Told(at, {"time": clock(at), **event}, done)


def _miniwdl(run: Run) -> Iterator[Told]:
    done, workflow = 0, "wdl.w:cohort"
    folder = f"{WORKDIR}/20261128_044232_cohort"
    opening: Event = {"name": "cohort", "line": 2, "column": 1, "dir": folder}
    yield Told(0.0, _record(workflow, "workflow start", **opening), 0)
    yield Told(0.0, _record(workflow, "miniwdl", version="v1.16.0", uname="Linux"), 0)
    for at, job, ends in run.moments():
        call = f"call-{job.rule}-{job.number // len(typical.RULES)}"
        source, place = f"wdl.w:cohort.t:{call}", f"{folder}/{call}"
        done += ends and not job.fails
        if not ends:
            setup: Event = {
                "name": job.rule,
                "line": 8,
                "column": 1,
                "dir": place,
                "thread": 1402294,
            }
            begun = _record(source, "BareContainer", pid=18844, log=f"{place}/run.log")
            events = [
                _record(workflow, "ready", job=call, callee=job.rule),
                _record(source, "task setup", **setup),
                begun | {"command": job.command},
            ]
        elif job.fails:
            events = _miniwdl_failed(job, source, place)
        else:
            events = [_record(source, "done"), _record(workflow, "finish", job=call)]
        yield from (Told(at, event, done) for event in events)
    if run.fails:
        failed = _record("miniwdl-run", "task command failed with exit status 3", "ERROR")
        failed["record"] |= {"error": "CommandFailed", "exit_status": 3, "dir": folder}
        yield Told(run.seconds, failed, done)
    else:
        yield Told(run.seconds, _record(workflow, "done"), done)
    exit_ = {"event": "exit", "status": 3 * run.fails, "signal": None}
    yield Told(run.seconds, exit_, done)


def _record(source: str, message: str, level: str = "NOTICE", **others: Any) -> Event:
    told = {**others, "message": message, "source": source, "level": level}
    return {"event": "record", "record": told}


def _miniwdl_failed(job: Job, source: str, place: str) -> list[Event]:
    stderr = f"{place}/stderr.txt"
    failed = _record(source, f"task {job.rule} (main.wdl Ln 8 Col 1) failed", "ERROR")
    failed["record"] |= {"error": "CommandFailed", "exit_status": 3, "dir": place}
    failed["record"] |= {"stderr_file": stderr, "stdout_file": f"{place}/stdout.txt"}
    tail = {"job": source, "path": stderr, "from": 0, "text": ERROR, "size": len(ERROR)}
    call = place.rpartition("/")[2]
    return [
        {"event": "log_tail", **tail},
        failed,
        _record("wdl.w:cohort", "call failure propagating", "ERROR", **{"from": call}),
        _record("wdl.w:cohort", "aborting workflow"),
    ]


def program(run: Run, clock: Clock) -> Iterator[Told]:
    """Yield what any program may tell of its jobs."""
    done = 0
    yield Told(0.0, {"event": "run", "time": clock(0.0), "rules": dict(run.rules())}, 0)
    for at, job, ends in run.moments():
        done += ends and not job.fails
        told: Event = {"event": "job", "time": clock(at), "job": job.number + 1}
        if not ends:
            info = typical.job_info(job.number)
            told |= {"status": "running", "rule": job.rule, "command": job.command}
            told |= {each: info[each] for each in ("wildcards", "input", "output", "log", "reason")}
            told |= {"threads": 4, "resources": {"mem_mb": 8000}}
        elif job.fails:
            told |= {"status": "error", "error": ERROR, "exit_status": 3}
        else:
            told |= {"status": "done", "usage": {"cpu_seconds": 1170.5, "max_memory": 5_074_944}}
        yield Told(at, told, done)
    ended = {"event": "end", "status": "error" if run.fails else "done"}
    yield Told(run.seconds, {"time": clock(run.seconds), **ended}, done)
