"""The client: a method for each question that programs ask a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from panoptes.client.api_models import (
    Job,
    JsonObject,
    Page,
    Rule,
    ServiceInfo,
    Workflow,
    read,
    read_page,
)
from panoptes.client.errors import NotFound
from panoptes.client.http import Connection, Query

# No id has more digits.
_ID_DIGITS = 18


class Client:
    """A server, asked over its API.

    `url` is its address, with or without `http://`; a token may stand in it as in
    `http://me:TOKEN@host:5000`, `token` comes first. An answer may take `timeout` seconds. Nothing
    is asked before the first method is called, and nothing is kept between two calls: a client may
    be used by several threads.

    Raises `errors.BadAddress` and `errors.BadToken`. Every method raises `ClientError`, of which
    `Unreachable`, `Unauthorized` and `NotFound` are the most frequent.
    """

    def __init__(
        self, url: str = "http://127.0.0.1:5000", token: str | None = None, timeout: float = 30.0
    ) -> None:
        self._connection = Connection(url, token, timeout)

    @property
    def url(self) -> str:
        """The server's address, without token and without a slash at its end."""
        return self._connection.url

    @property
    def token(self) -> str:
        """The token that is sent along; empty where there is none."""
        return self._connection.token

    def service_info(self) -> ServiceInfo:
        """Return which server this is; it tells so without a token."""
        with self._answer("GET", "/api/service-info") as answer:
            return read(ServiceInfo, answer)

    def workflows(
        self,
        text: str | None = None,
        *,
        name: str | None = None,
        status: str | None = None,
        owner: str | None = None,
        sort: str = "-started_at",
        page: int = 1,
        per_page: int = 50,
    ) -> Page[Workflow]:
        """Return a page of the workflows, the newest first.

        `text` is a part of their names and `name` a whole one, `status` as in `Workflow.status`,
        `owner` the name of the token that registered them. `sort` is `id`, `name`, `status` or
        `started_at`, with `-` before it in reverse. A page holds at most 1000.
        """
        query = {"q": text, "name": name, "status": status, "owner": owner, "sort": sort}
        with self._answer("GET", "/api/workflows", query, page=page, per_page=per_page) as answer:
            return read_page(Workflow, "workflows", answer)

    def workflow(self, id_or_name: int | str, run: int | None = None) -> Workflow:
        """Return a workflow as its run of this number, the newest run without one.

        A text of digits is read as an id first, and as a name where no workflow has that id.
        """
        text = str(id_or_name)
        if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS):
            return self._by_name(text, run)
        try:
            return self._by_id(int(text), run)
        except NotFound as no_such_id:
            if isinstance(id_or_name, int):
                raise
            try:
                return self._by_name(text, run)
            except NotFound:
                raise no_such_id from None

    def rules(self, workflow: Workflow) -> list[Rule]:
        """Return the rules of a workflow's run."""
        path = f"/api/workflow/{workflow.id}/rules"
        with self._answer("GET", path, run=workflow.run) as answer:
            return read_page(Rule, "rules", answer).items

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
        path = f"/api/workflow/{workflow.id}/jobs"
        with self._answer("GET", path, query, page=page, per_page=per_page) as answer:
            return read_page(Job, "jobs", answer)

    def failures(self, workflow: Workflow, limit: int = 50) -> list[Job]:
        """Return at most `limit` (up to 1000) failed jobs of a workflow's run."""
        if not limit or not workflow.jobs_failed:
            return []
        return self.jobs(workflow, status="Error", per_page=limit).items

    def delete(self, workflow_id: int) -> None:
        """Delete a workflow with all its runs; `Refused` where it is running."""
        self._connection.request("DELETE", f"/api/workflow/{workflow_id}", {})

    def restore(self, workflow_id: int) -> Workflow:
        """Bring back and return what was deleted in the last 10 minutes, else raise `NotFound`."""
        with self._answer("POST", f"/api/workflow/{workflow_id}/restore") as answer:
            return read(Workflow, answer["workflow"])

    def _by_id(self, workflow_id: int, run: int | None) -> Workflow:
        with self._answer("GET", f"/api/workflow/{workflow_id}", run=run) as answer:
            return read(Workflow, answer["workflow"])

    def _by_name(self, name: str, run: int | None) -> Workflow:
        for workflow in self.workflows(name=name, per_page=1):
            return workflow if run is None else self._by_id(workflow.id, run)
        raise NotFound(f"There is no workflow '{name}'.", 404)

    @contextmanager
    def _answer(
        self, method: str, path: str, query: Query | None = None, **more: int | None
    ) -> Iterator[JsonObject]:
        """Give an answer to who reads it inside; where it has another shape, it isn't panoptes."""
        body = self._connection.request(method, path, {**(query or {}), **more})
        try:
            yield json.loads(body)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._connection.not_panoptes() from error
