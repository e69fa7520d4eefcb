"""Fills databases with typical jobs: ours by its own intake, the peer's by its tables."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection

from benchmarks import typical
from panoptes.common.moment import Moment
from panoptes.database.connections import writing
from panoptes.engines.events import RunDescribed
from panoptes.engines.interface import Registration, Sent
from panoptes.engines.snakemake.levels import read_update
from panoptes.engines.snakemake.translator import SNAKEMAKE
from panoptes.ingest.apply import Message, apply, begin

BATCH = 5000  # events in one transaction
STEP = timedelta(seconds=3)  # from the start of one job to that of the next
AT_ONCE = 16  # jobs that run at the same time
FAILS = 75  # one of so many jobs fails: some do in each size
PER_ROUND = 4  # jobs that the scheduler picks at once
Timed = tuple[datetime, typical.Event]


def run_events(jobs: int, end: datetime) -> Iterator[Timed]:
    """Yield the events of a run with so many jobs, all but the last ones through, and their times.

    The run was under way until `end`. Its jobs overlap, and few of them failed.
    """
    at = end - (jobs + 1) * STEP
    for event in typical.start_events(jobs + 1):
        yield at, event
    for number in range(jobs + AT_ONCE):
        at += STEP
        if number % PER_ROUND == 0:
            yield at, {"level": "info", "msg": "Select jobs to execute...", "indent": False}
            yield at, {"level": "info", "msg": f"Execute {PER_ROUND} jobs...", "indent": False}
        if number < jobs:
            yield at, typical.job_info(number) | {"shellcmd": typical.shell_command(number)}
        if 0 <= number - AT_ONCE < jobs - AT_ONCE:
            yield from ((at, event) for event in _end(number - AT_ONCE, jobs))


def _end(number: int, jobs: int) -> Iterator[typical.Event]:
    if number % FAILS == FAILS - 1:
        info = typical.job_info(number)
        told = ("jobid", "name", "input", "output", "log")
        yield {"level": "job_error", **{name: info[name] for name in told}}
        return
    yield {"level": "job_finished", "jobid": number + 1}
    if number % PER_ROUND == 0:
        yield {"level": "progress", "done": number + 1 - number // FAILS, "total": jobs + 1}


def short_run(number: int, at: datetime) -> Iterator[Timed]:
    """Yield the events of a run of one job: most come through, some fail, some go on."""
    yield at, typical.job_info(number)
    if number % 20 == 0:
        return
    if number % 20 == 1:
        yield at + STEP, {"level": "job_error", "jobid": number + 1, "name": "align"}
        yield at + STEP, {"level": "info", "msg": "Complete log: .snakemake/log/run.log"}
        return
    yield at + STEP, {"level": "job_finished", "jobid": number + 1}
    yield at + STEP, {"level": "progress", "done": 1, "total": 1}


def fill(app: Flask, runs: Iterable[tuple[str, Iterator[Timed]]]) -> None:
    """Take in runs, each with its name and its events, by the way that all events go."""
    everything = ((name, at, told) for name, events in runs for at, told in events)
    ids: dict[str, int] = {}
    with app.app_context():
        while batch := list(islice(everything, BATCH)):
            with writing() as connection:
                for name, at, told in batch:
                    if name not in ids:
                        begun = begin(connection, _registration(name), None, Moment(at, None))
                        ids[name] = begun.report_id
                    _take(connection, ids[name], at, told)


def _registration(name: str) -> Registration:
    described = {"command": "snakemake --keep-going", "workdir": "/data/cohort7"}
    return Registration(SNAKEMAKE, name, RunDescribed(described))


def _take(connection: Connection, workflow_id: int, at: datetime, told: typical.Event) -> None:
    content = read_update(told)
    if content is not None:
        # Made-up messages may be alike.
        content = replace(content, digest=None)
        message = Message(SNAKEMAKE, content, Sent("", b""), None, at, workflow_id=workflow_id)
        apply(connection, message)


# --- the peer's -----------------------------------------------------------------------------------

_WORKFLOW = (
    "INSERT INTO workflows (name, status, done, total, started_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_JOB = (
    "INSERT INTO workflow_jobs (jobid, wf_id, name, input, output, log, wildcards, is_checkpoint,"
    " shell_command, status, started_at, completed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def fill_peer(database: Path, name: str, jobs: int, end: datetime) -> int:
    """Write a run as the peer would have by `run_events` and return its workflow's id."""
    # As the peer's own events leave it, or it would close the run as silent.
    at = str(end.replace(tzinfo=None))
    with closing(sqlite3.connect(database)) as connection, connection:
        row = (name, "Running", jobs - AT_ONCE, jobs + 1, at, at)
        workflow_id = connection.execute(_WORKFLOW, row).lastrowid or 0
        connection.executemany(_JOB, (_peer_row(workflow_id, n, jobs, at) for n in range(jobs)))
    return workflow_id


def _peer_row(workflow_id: int, number: int, jobs: int, at: str) -> tuple[object, ...]:
    info = typical.job_info(number)
    status = "Error" if number % FAILS == FAILS - 1 else "Done"
    if number >= jobs - AT_ONCE:
        status = "Running"
    lists = [repr(info[name]) for name in ("input", "output", "log", "wildcards")]
    ended = None if status == "Running" else at
    command = typical.shell_command(number)
    return (number + 1, workflow_id, info["name"], *lists, False, command, status, at, ended)


def fill_peer_with_runs(database: Path, runs: int, end: datetime) -> None:
    """Write as many runs of one job as `short_run` tells."""
    at = str(end.replace(tzinfo=None))
    states = {0: "Running", 1: "Error"}
    with closing(sqlite3.connect(database)) as connection, connection:
        for number in range(runs):
            status = states.get(number % 20, "Done")
            row = (run_name(number), status, int(status == "Done"), 1, at, at)
            workflow_id = connection.execute(_WORKFLOW, row).lastrowid or 0
            connection.execute(_JOB, _peer_row(workflow_id, number, number + AT_ONCE + 1, at))


def run_name(number: int) -> str:
    """Return the name of a short run."""
    return f"nightly-{number:05}"
