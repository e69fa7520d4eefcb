"""Imports a file without a server of its own: its events go to a test client of the app."""

from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import Client

from panoptes.cli.imports.kinds import read_run
from panoptes.cli.imports.source import ImportedRun, Source
from tests.recorded import FOLDER

LOGS = FOLDER / "logs"


class Imported(NamedTuple):
    """What became of a run: its workflow's id, its number, and what was read."""

    workflow_id: int
    number: int
    run: ImportedRun


def import_file(web: Client, path: Path, name: str | None = None, at_once: int = 500) -> Imported:
    """Import a file, as `panoptes import` does, so many events at once."""
    return send(web, read_run(Source(path), None), name, at_once)


def send(
    web: Client, run: ImportedRun, name: str | None = None, at_once: int = 500, **more: Any
) -> Imported:
    """Send a run; `more` are fields of its description."""
    description = {**run.description, "is_report": True, "started": run.began, **more}
    registration = {"id": run.uid, "engine": run.engine, "name": name or run.name}
    answer = web.post("/api/runs", json={**registration, "description": description})
    assert answer.status_code in (200, 201), answer.get_json()
    registered = answer.get_json()
    first, events = 1, iter(run.events())
    while batch := list(islice(events, at_once)):
        answer = web.post(f"/api/runs/{run.uid}/events", json={"first": first, "events": batch})
        assert answer.status_code == 200, answer.get_json()
        first += len(batch)
    assert first == run.count + 1
    return Imported(registered["id"], registered["run"], run)


def told(web: Client, imported: Imported) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the API says of a run, and of its jobs."""
    of_run = f"/api/workflow/{imported.workflow_id}{{}}?run={imported.number}"
    run = web.get(of_run.format("")).get_json()["workflow"]
    return run, web.get(of_run.format("/jobs")).get_json()["jobs"]
