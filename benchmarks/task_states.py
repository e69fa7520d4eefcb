"""What a task's state costs that comes with a hundred others: `python -m benchmarks.task_states`.

Nextflow's client sends up to 100 in a request; the measure is one state event of Snakemake, which
comes alone. Both in this process, in CPU time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks import typical
from benchmarks.report import Line, Section, Shown, command, median, number, table, tell
from panoptes.app import create_app
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine

TOGETHER = 100
# With it, 3,000 states a second go through one core on which an event takes 450 µs.
GOAL = 0.74


@dataclass(frozen=True)
class Plan:
    """How much is measured; `tasks` are told twice each: they run, and they are done."""

    rounds: int = 5
    tasks: int = 1000


QUICK = Plan(rounds=1, tasks=100)


def run(plan: Plan) -> Section:
    """Measure states of tasks and events of Snakemake in alternating rounds."""
    section = Section("States of tasks, a hundred in a request")
    states, events, slowest = [], [], 0.0
    with TemporaryDirectory(prefix="panoptes-benchmark-") as folder:
        app = create_app(Settings(db_url=f"sqlite:///{Path(folder) / 'panoptes.db'}"))
        web = app.test_client()
        created = {"sessionId": "s", "runName": "r", "projectName": "p"}
        trace_id = web.post("/api/tower/trace/create", json=created).get_json()["workflowId"]
        web.get("/create_workflow?name=snakemake")
        tell(f"{TOGETHER} states of tasks in a request, and events of Snakemake")
        for turn in range(plan.rounds):
            first = 1 + turn * plan.tasks
            requests = list(_requests(trace_id, first, plan.tasks))
            before = process_time()
            for request in requests:
                began = perf_counter()
                run_wsgi_app(app.wsgi_app, request)
                slowest = max(slowest, perf_counter() - began)
            states.append((process_time() - before) / (2 * plan.tasks) * 1e6)
            told = [_event(job) for job in range(first, first + plan.tasks)]
            before = process_time()
            for request in told:
                run_wsgi_app(app.wsgi_app, request)
            events.append((process_time() - before) / plan.tasks * 1e6)
        with app.app_context():
            sql_engine().dispose()
    state, event = median(states), median(events)
    shown = Shown(f"{state:.0f} µs", limit=f"{event:.0f} µs")
    what = f"CPU of a task's state, {TOGETHER} in a request, against an event of Snakemake"
    ratio = f"{state / event:.2f} x"
    section.summary.append(Line(what, f"<= {GOAL} x", shown, ratio, state <= GOAL * event))
    rows = [(f"{state:.0f} µs", number(1e6 / state), f"{slowest * 1000:.0f} ms", f"{event:.0f} µs")]
    headers = ("CPU of a state", "states a second", "slowest request", "CPU of an event")
    section.tables.append(table(headers, rows))
    return section


def _requests(trace_id: str, first: int, tasks: int) -> Iterator[dict[str, Any]]:
    for begin in range(first, first + tasks, TOGETHER):
        for status in ("RUNNING", "COMPLETED"):
            told = {"tasks": [_task(begin + each, status) for each in range(TOGETHER)]}
            path = f"/api/tower/trace/{trace_id}/progress"
            yield _environ("PUT", path, json.dumps(told).encode(), "application/json")


def _event(job: int) -> dict[str, Any]:
    body = urlencode({"id": 2, "msg": json.dumps(typical.job_info(job))}).encode()
    form = "application/x-www-form-urlencoded"
    return _environ("POST", "/update_workflow_status", body, form)


def _environ(method: str, path: str, body: bytes, content_type: str) -> dict[str, Any]:
    builder = EnvironBuilder(path, method=method, content_type=content_type)
    return builder.get_environ() | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _task(job: int, status: str) -> dict[str, Any]:
    """Return a task as Nextflow 26.04 tells of it."""
    task = {
        "taskId": job,
        "status": status,
        "hash": "49/960c26",
        "exit": 2**31 - 1,
        "attempt": 1,
        "process": f"ALIGN_{job % 20}",
        "tag": f"K{job % 500}",
        "name": f"ALIGN (K{job})",
        "script": "\n    bwa mem genome.fa reads.fq > out.bam\n    ",
        "cpus": 4,
        "queue": None,
        "workdir": f"/data/work/49/{job:030x}",
        "memory": 2**33,
        "time": 3_600_000,
        "submit": "2026-11-27T15:38:48.907Z",
        "start": "2026-11-27T15:38:48.967Z",
        "nativeId": job,
        "executor": "slurm",
        "container": "bwa:0.7",
        "module": [],
    }
    if status == "COMPLETED":
        task |= {"exit": 0, "complete": "2026-11-27T15:38:49.674Z", "realtime": 451, "pcpu": 87.5}
        task |= {"peakRss": 5_074_944, "peakVmem": 7_454_720, "readBytes": 0, "writeBytes": 12_288}
    return task


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
