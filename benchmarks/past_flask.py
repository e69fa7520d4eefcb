"""What the way past Flask saves an event, in this process: `python -m benchmarks.past_flask`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks import typical
from benchmarks.report import Line, Section, Shown, command, median, table, tell
from panoptes.app import create_app
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine

PAST, THROUGH = "past Flask", "through Flask"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int = 7
    events: int = 1000


QUICK = Plan(rounds=1, events=50)


@contextmanager
def _apps() -> Iterator[dict[str, Flask]]:
    """Two apps that differ in the way of their events alone, each with a registered run."""
    with TemporaryDirectory(prefix="panoptes-benchmark-") as name:
        apps = {}
        for way in (PAST, THROUGH):
            folder = Path(name) / way
            folder.mkdir()
            apps[way] = create_app(Settings(db_url=f"sqlite:///{folder / 'panoptes.db'}"))
        through = apps[THROUGH]
        through.wsgi_app = Flask.wsgi_app.__get__(through)  # type: ignore[method-assign]
        for app in apps.values():
            app.test_client().get("/create_workflow")
        yield apps
        for app in apps.values():
            with app.app_context():
                sql_engine().dispose()


def _environ(event: dict[str, Any]) -> dict[str, Any]:
    body = urlencode({"id": 1, "msg": json.dumps(event)}).encode()
    form = "application/x-www-form-urlencoded"
    builder = EnvironBuilder("/update_workflow_status", method="POST", content_type=form)
    return builder.get_environ() | {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _cpu(app: Flask, events: list[dict[str, Any]]) -> float:
    """Return the microseconds of CPU that an event takes."""
    environs = [_environ(event) for event in events]
    before = process_time()
    for environ in environs:
        run_wsgi_app(app.wsgi_app, environ)
    return (process_time() - before) / len(events) * 1e6


def run(plan: Plan) -> Section:
    """Measure noise and state events, both ways in alternating rounds."""
    section = Section("The way past Flask")
    rows = []
    with _apps() as apps:
        for kind in ("noise", "state events"):
            tell(f"{kind}, past and through Flask")
            times: dict[str, list[float]] = {PAST: [], THROUGH: []}
            for number in range(plan.rounds):
                jobs = range(number * plan.events, (number + 1) * plan.events)
                for way, app in apps.items():
                    times[way].append(_cpu(app, [_event(kind, job) for job in jobs]))
            past, through = median(times[PAST]), median(times[THROUGH])
            rows.append((kind, f"{past:.0f} µs", f"{through:.0f} µs", f"{through - past:.0f} µs"))
            ratio = past / through
            section.summary.append(
                Line(
                    f"CPU of an event past Flask, against through it: {kind}",
                    "< 1 x",
                    Shown(f"{past:.0f} µs", limit=f"{through:.0f} µs"),
                    f"{ratio:.2f} x",
                    ratio < 1,
                )
            )
    section.tables.append(table(("CPU of an event", PAST, THROUGH, "saved"), rows))
    return section


def _event(kind: str, job: int) -> dict[str, Any]:
    return {"level": "debug", "msg": f"job {job}"} if kind == "noise" else typical.job_info(job)


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
