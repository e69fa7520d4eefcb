"""The questions that the commands ask a server of a workflow; answers are the API's JSON."""

from typing import Any

from panoptes.client.api_models import Told, one_line, understood
from panoptes.client.http import NotThere, Server

# No id has more digits.
_DIGITS = 18


def find(server: Server, wanted: str, run: int | None = None) -> Told:
    """Return the workflow with an id, else the one of that name. Raises CannotRun.

    `run` is the number of one of its runs, None for the last.
    """
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _DIGITS):
        return ask_workflow(server, _id_of(server, wanted), run)
    try:
        return ask_workflow(server, int(wanted), run)
    except NotThere as missing:
        try:
            return ask_workflow(server, _id_of(server, wanted), run)
        except NotThere:
            raise missing from None


def _id_of(server: Server, name: str) -> int:
    told = server.get("/api/workflows", {"name": name, "per_page": 1})
    with understood(server):
        found: list[Told] = told["workflows"]
        if found:
            return int(found[0]["id"])
    raise NotThere(f"There is no workflow '{one_line(name)}': 'panoptes ls' lists them.")


def ask_workflow(server: Server, workflow_id: int, run: int | None) -> Told:
    """Return a workflow as one of its runs, the last one without a number. Raises CannotRun."""
    told = server.get(f"/api/workflow/{workflow_id}", {"run": run})
    with understood(server):
        found: Told = told["workflow"]
        return found


def ask_rules(server: Server, workflow: Told) -> list[Any]:
    """Return the rules of a workflow's run. Raises CannotRun."""
    return _ask_list(server, workflow, "rules")


def ask_failures(server: Server, workflow: Told, most: int) -> list[Any]:
    """Return the first failed jobs of a workflow's run. Raises CannotRun."""
    if not most or not workflow.get("jobs_failed"):
        return []
    return _ask_list(server, workflow, "jobs", status="Error", per_page=most)


def _ask_list(server: Server, workflow: Told, name: str, **query: str | int) -> list[Any]:
    with understood(server):
        path, run = f"/api/workflow/{int(workflow['id'])}/{name}", int(workflow["run"])
    told = server.get(path, {"run": run, **query})
    with understood(server):
        return list(told[name])
