"""The client: a method for each question that programs ask a server."""

import json
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

from panoptes.client.api_models import (
    Comparison,
    Job,
    JobLog,
    LogLine,
    Page,
    Rule,
    ServiceInfo,
    Workflow,
    read,
    read_comparison,
)
from panoptes.client.errors import NotFound
from panoptes.client.http import Connection, Query

Result = TypeVar("Result")
# No id has more digits.
_ID_DIGITS = 18
# Beyond the end comes the last page.
_LAST_PAGE = 2**31 - 1


class Client(Connection):
    """A server, asked over its API.

    `url` is its address, with or without `http://`; a token may stand in it as in
    `http://me:TOKEN@host:5000`, `token` comes first. An answer may take `timeout` seconds. Nothing
    is asked before the first method is called, and nothing is kept between two calls: a client may
    be used by several threads.

    Raises `errors.BadAddress` and `errors.BadToken`. Every method raises `ClientError`, of which
    `Unreachable`, `Unauthorized` and `NotFound` are the most frequent.
    """

    def service_info(self) -> ServiceInfo:
        """Return which server this is; it tells so without a token."""
        return self._ask("/api/service-info", lambda answer: read(ServiceInfo, answer))

    def workflows(
        self,
        text: str | None = None,
        *,
        name: str | None = None,
        status: str | None = None,
        owner: str | None = None,
        user: str | None = None,
        host: str | None = None,
        engine: str | None = None,
        label: str | None = None,
        mine: bool = False,
        sort: str = "-started_at",
        page: int = 1,
        per_page: int = 50,
    ) -> Page[Workflow]:
        """Return a page of the workflows, the newest first.

        `text` is a part of their names and `name` a whole one, `status` as in `Workflow.status`,
        `owner` the name of the token that registered them; `mine`: this client's token.
        `user` is who runs them, by the name on their machine, which is `host`;
        `engine` is an engine's name, as in `Workflow.engine`, `label` one of the newest run's.
        `sort` is `id`, `name`, `status` or `started_at`, with `-` before it in reverse. A page
        holds at most 1000.
        """
        query = {"q": text, "name": name, "status": status, "owner": owner, "sort": sort}
        query |= {"user": user, "host": host, "engine": engine, "label": label}
        query |= {"page": str(page), "per_page": str(per_page), "mine": "true" if mine else None}
        return self._ask(
            "/api/workflows", lambda answer: Page(Workflow, "workflows", answer), query
        )

    def workflow(self, id_or_name: int | str, run: int | None = None) -> Workflow:
        """Return a workflow as its run of this number, the newest run without one.

        A text of digits is read as an id first, and as a name where no workflow has that id.
        """
        text, no_such_id = str(id_or_name), None
        if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS:
            try:
                return self._by_id(int(text), run)
            except NotFound as error:
                if isinstance(id_or_name, int):
                    raise
                no_such_id = error
        for workflow in self.workflows(name=text, per_page=1):
            return workflow if run is None else self._by_id(workflow.id, run)
        raise no_such_id or NotFound(f"There is no workflow '{text}'.", 404)

    def rules(self, workflow: Workflow) -> list[Rule]:
        """Return the rules of a workflow's run."""
        path = f"/api/workflow/{workflow.id}/rules"
        query = {"run": workflow.run}
        return self._ask(path, lambda answer: Page(Rule, "rules", answer), query).items

    def jobs(
        self,
        workflow: Workflow,
        *,
        status: str | None = None,
        rule: str | None = None,
        page: int = 1,
        per_page: int = 50,
    ) -> Page[Job]:
        """Return a page of the jobs of a workflow's run: all, or those of a status and a rule."""
        query = {"run": workflow.run, "status": status, "rule": rule}
        pages = {"page": page, "per_page": per_page}
        path = f"/api/workflow/{workflow.id}/jobs"
        return self._ask(path, lambda answer: Page(Job, "jobs", answer), query | pages)

    def failures(self, workflow: Workflow, limit: int = 50) -> list[Job]:
        """Return at most `limit` (up to 1000) failed jobs of a workflow's run."""
        if not limit or not workflow.jobs_failed:
            return []
        return self.jobs(workflow, status="Error", per_page=limit).items

    def runs(
        self, workflow: Workflow, *, status: str | None = None, label: str | None = None
    ) -> list[Workflow]:
        """Return all runs of a workflow, the newest first; or those of a status and a label."""
        path = f"/api/workflow/{workflow.id}/runs"
        query: Query = {"status": status, "label": label}
        return self._ask(path, lambda answer: Page(Workflow, "runs", answer), query).items

    def compare(self, workflow: Workflow, other: int | None = None) -> Comparison:
        """Return a workflow's run beside the run `other` of it.

        Without one, it is the baseline, else the last good run before it, else the last before it;
        `NotFound` where there is none.
        """
        path = f"/api/workflow/{workflow.id}/compare"
        return self._ask(path, read_comparison, {"run": workflow.run, "with": other})

    def log(self, workflow: Workflow, limit: int = 50) -> list[LogLine]:
        """Return the last `limit` (up to 1000) lines of a run's log, the oldest of them first."""
        path = f"/api/workflow/{workflow.id}/messages"
        query: dict[str, str | int | None] = {"run": workflow.run, "per_page": limit}

        def page(number: int) -> Page[LogLine]:
            return self._ask(
                path, lambda answer: Page(LogLine, "messages", answer), query | {"page": number}
            )

        last = page(_LAST_PAGE)
        missing = min(limit, last.count) - len(last.items)
        # The last page may be a short one.
        return [*page(last.count // limit).items[-missing:], *last] if missing else last.items

    def job_log(
        self,
        workflow: Workflow,
        jobid: int | str,
        *,
        log: int | None = None,
        attempt: int | None = None,
    ) -> JobLog:
        """Return the end of a log of a job, at most 64 KB; `NotFound` where it has none.

        `log` is its number among the job's paths, from 1 on, `attempt` the latest without one.
        """
        path = f"/api/workflow/{workflow.id}/job/{quote(str(jobid), safe='')}/log"
        query = {"run": workflow.run, "log": log, "attempt": attempt}
        return self._ask(path, lambda answer: read(JobLog, answer["log"]), query)

    def stop(self, workflow_id: int, run: int | None = None) -> Workflow:
        """Ask that a workflow's run, the newest without one, be stopped where it runs.

        `Refused` where it ended, or whoever started it didn't allow this.
        """
        path = f"/api/workflow/{workflow_id}/stop"
        return self._ask(path, _read_workflow, {"run": run}, method="POST")

    def cancel(self, workflow_id: int, run: int | None = None) -> Workflow:
        """Mark a workflow's run, the newest without one, as cancelled; `Refused` if it ended."""
        path = f"/api/workflow/{workflow_id}/cancel"
        return self._ask(path, _read_workflow, {"run": run}, method="POST")

    def undo_cancel(self, workflow_id: int, run: int | None = None) -> Workflow:
        """Let a run go on that was cancelled in the last 10 minutes; `Refused` where too late."""
        path = f"/api/workflow/{workflow_id}/cancel"
        return self._ask(path, _read_workflow, {"run": run}, method="DELETE")

    def delete(self, workflow_id: int) -> None:
        """Delete a workflow with all its runs; `Refused` where it is running."""
        self.request("DELETE", f"/api/workflow/{workflow_id}", {})

    def delete_run(self, workflow_id: int, run: int) -> None:
        """Delete one of a workflow's earlier runs; `Refused` where it is running or the newest."""
        self.request("DELETE", f"/api/workflow/{workflow_id}/runs/{run}", {})

    def restore_run(self, workflow_id: int, run: int) -> Workflow:
        """Bring back and return a run deleted in the last 10 minutes, else raise `NotFound`."""
        path = f"/api/workflow/{workflow_id}/runs/{run}/restore"
        return self._ask(path, _read_workflow, method="POST")

    def restore(self, workflow_id: int) -> Workflow:
        """Bring back and return what was deleted in the last 10 minutes, else raise `NotFound`."""
        return self._ask(f"/api/workflow/{workflow_id}/restore", _read_workflow, method="POST")

    def join(self, workflow_id: int, name: str) -> Workflow:
        """Move a workflow's runs into the one of this name, or give it the name; return that.

        `Refused` where it is running.
        """
        path = f"/api/workflow/{workflow_id}/join"
        return self._ask(path, _read_workflow, {"name": name}, method="POST")

    def _by_id(self, workflow_id: int, run: int | None) -> Workflow:
        return self._ask(f"/api/workflow/{workflow_id}", _read_workflow, {"run": run})

    def _ask(
        self,
        path: str,
        read_answer: Callable[[Any], Result],
        query: Query | None = None,
        method: str = "GET",
    ) -> Result:
        """Return an answer as it is read; where it has another shape, it isn't panoptes."""
        body = self.request(method, path, query or {})
        try:
            return read_answer(json.loads(body))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise self.not_panoptes() from error


def _read_workflow(answer: Any) -> Workflow:
    return read(Workflow, answer["workflow"])
