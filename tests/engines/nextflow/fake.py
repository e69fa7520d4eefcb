"""A stand-in for Nextflow's client: it plays a run by the rules of a version, for real servers.

What it does after each answer is what the versions were seen to do; their waits are shorter here.
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

# Tasks in a request.
BATCH = 100


@dataclass(frozen=True)
class Rules:
    """What a version does: how often it tries, and what ends the user's pipeline."""

    version: str
    tries: int
    ends_after_last_try: bool
    ends_at_refusal: bool
    says_end_twice: bool
    pause: float = 0.1


RULES = (
    Rules("24.10.6", 6, ends_after_last_try=False, ends_at_refusal=False, says_end_twice=False),
    Rules("25.10.7", 5, ends_after_last_try=False, ends_at_refusal=False, says_end_twice=True),
    Rules("26.04.6", 10, ends_after_last_try=True, ends_at_refusal=True, says_end_twice=True),
)


class PipelineEnded(Exception):
    """The client gave up, and the user's pipeline with it."""


@dataclass
class FakeNextflow(threading.Thread):
    """A run of `tasks` tasks: every 20th is tried twice, every 50th was cached.

    `drops` is the share of answers that the network loses.
    """

    url: str
    rules: Rules
    tasks: int
    drops: float = 0.0
    name: str = "fake_run"
    unsent: int = 0
    requests: int = 0
    ended: BaseException | None = None
    trace_id: str = ""
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        super().__init__(name=self.name)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            self.play()
        except BaseException as error:  # noqa: BLE001  # The test asks for it.
            self.ended = error

    def play(self) -> None:
        session = f"{self.name}-{self.rules.version}"
        created = {"sessionId": session, "runName": self.name, "projectName": self.name}
        self.trace_id = self._send("POST", "create", created)["workflowId"]
        workflow = {**created, "scriptFile": "main.nf", "launchDir": "/data"}
        told = self._send("PUT", "begin", {"workflow": workflow, "processNames": ["A", "B"]})
        assert told["watchUrl"]
        for batch in self._batches():
            self._send("PUT", "progress", {"tasks": batch})
            if self.chance.random() < 0.02:
                self._send("PUT", "heartbeat", {"progress": {}})
        ended = {"workflow": {**workflow, "success": True, "exitStatus": 0}}
        for _ in range(1 + self.rules.says_end_twice):
            self._send("PUT", "complete", ended)

    # --- what the tasks do ------------------------------------------------------------------------

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the states of all tasks, of a hundred at a time; short ones were never running."""
        retries: list[dict[str, Any]] = []
        for first in range(1, self.tasks + 1, BATCH):
            numbers = range(first, min(first + BATCH, self.tasks + 1))
            yield [self._task(number, "RUNNING") for number in numbers if number % 3]
            yield [self._end(number) for number in numbers]
            retries += [
                self._task(self.tasks + number, "COMPLETED", number, attempt=2, exit=0)
                for number in numbers
                if number % 20 == 0
            ]
        for first in range(0, len(retries), BATCH):
            yield retries[first : first + BATCH]

    def _end(self, number: int) -> dict[str, Any]:
        if number % 20 == 0:
            return self._task(number, "FAILED", exit=1, errorAction="RETRY")
        return self._task(number, "CACHED" if number % 50 == 1 else "COMPLETED", exit=0)

    def _task(
        self, number: int, status: str, job: int | None = None, **more: Any
    ) -> dict[str, Any]:
        process, tag = "AB"[(job or number) % 2], f"s{job or number}"
        told = {"taskId": number, "status": status, "process": process, "tag": tag}
        told |= {"name": f"{process} ({tag})", "workdir": f"/work/{number}", "attempt": 1}
        return {**told, "script": "echo", "exit": 2147483647, **more}

    # --- how it speaks to the server --------------------------------------------------------------

    def _send(self, method: str, what: str, told: dict[str, Any]) -> dict[str, Any]:
        """Send a request as often as the version does; the answer, empty where it gave up."""
        for number in range(self.rules.tries):
            if number:
                time.sleep(self.rules.pause)
            try:
                status, content = self._ask(method, what, told)
            except (OSError, http.client.HTTPException):
                continue
            if status < 300:
                answer: dict[str, Any] = json.loads(content)
                return answer
            if status < 500 and self.rules.ends_at_refusal:
                raise PipelineEnded(f"{what} was answered {status}: {content!r}")
        if self.rules.ends_after_last_try or what == "create":
            raise PipelineEnded(f"{what} failed {self.rules.tries} times")
        self.unsent += 1
        return {}

    def _ask(self, method: str, what: str, told: dict[str, Any]) -> tuple[int, bytes]:
        self.requests += 1
        place = f"{self.trace_id}/{what}" if self.trace_id else what
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        body = json.dumps({**told, "instant": int(time.time() * 1000)})
        headers = {"Content-Type": "application/json", "Authorization": "Basic QHRva2VuOmFiYw=="}
        try:
            connection.request(method, f"/api/tower/trace/{place}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if self.chance.random() < self.drops:
            raise ConnectionResetError  # It was taken, but the client never hears of it.
        return answer.status, content
