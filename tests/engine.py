"""A workflow engine for tests: says what a Snakemake would say, one event at a time."""

import json
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Engine:
    """A run that was registered; each method sends an event, as a form with JSON inside.

    `headers` go with all that it sends.
    """

    def __init__(
        self,
        web: FlaskClient,
        name: str | None = None,
        headers: dict[str, str] | None = None,
        **metadata: str,
    ) -> None:
        self.web = web
        self.headers = headers or {}
        query = {"name": name} if name is not None else {}
        created = web.get(
            "/create_workflow", query_string=query, data=metadata or None, headers=self.headers
        )
        self.id: int = created.get_json()["id"]

    def send(self, level: str, **fields: Any) -> TestResponse:
        """Report an event of any level."""
        form = {
            "msg": json.dumps({"level": level, **fields}),
            "timestamp": "Mon Nov 23 09:00:00 2026",
            "id": str(self.id),
        }
        answer = self.web.post("/update_workflow_status", data=form, headers=self.headers)
        assert answer.status_code not in (401, 403, 404, 500), "This would end a pipeline."
        return answer

    def info(self, msg: str) -> TestResponse:
        """Say something, as Snakemake before 9 does of everything."""
        return self.send("info", msg=msg, indent=False)

    def job(self, jobid: Any = 1, name: str = "align", **fields: Any) -> TestResponse:
        """Announce a job."""
        told = {"input": [], "output": [], "log": [], "wildcards": {}, **fields}
        return self.send("job_info", jobid=jobid, name=name, **told)

    def finished(self, jobid: Any = 1) -> TestResponse:
        """Report that a job came through."""
        return self.send("job_finished", jobid=jobid)

    def failed(self, jobid: Any = 1, name: str = "align", **fields: Any) -> TestResponse:
        """Report that an attempt of a job failed."""
        return self.send("job_error", jobid=jobid, name=name, **fields)

    def progress(self, done: int, total: int) -> TestResponse:
        """Report how many jobs are done."""
        return self.send("progress", done=done, total=total)

    def plan(self, **rules: int) -> TestResponse:
        """Report how many jobs each rule will have."""
        rows = [f"{rule}    {count}" for rule, count in rules.items()]
        table = ["job    count", "-----  -----", *rows, f"total    {sum(rules.values())}", ""]
        return self.send("run_info", msg="\n".join(["Job stats:", *table]))

    @property
    def workflow(self) -> dict[str, Any]:
        """The workflow in the API."""
        found: dict[str, Any] = self.web.get(f"/api/workflow/{self.id}").get_json()["workflow"]
        return found

    @property
    def status(self) -> str:
        """The workflow's status."""
        return str(self.workflow["status"])

    @property
    def jobs(self) -> dict[Any, dict[str, Any]]:
        """The workflow's jobs in the API, by their ids."""
        found = self.web.get(f"/api/workflow/{self.id}/jobs").get_json()["jobs"]
        return {job["jobid"]: job for job in found}

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """The workflow's rules in the API, by their names."""
        found = self.web.get(f"/api/workflow/{self.id}/rules").get_json()["rules"]
        return {rule["name"]: rule for rule in found}
