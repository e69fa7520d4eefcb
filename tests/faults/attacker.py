"""Sends hostile requests to an app, bare of everything that a client library would refuse."""

import ctypes
import gc
import io
import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask

UPDATE = "/update_workflow_status"
FORM = "application/x-www-form-urlencoded"
# A Snakemake goes on after any of these; 503 would be a mistake of ours that was caught.
HARMLESS = {200, 400, 413, 421}
# All that the rest may say; 501 is for methods that there aren't.
TRUE_CODES = {
    200,
    204,
    301,
    302,
    303,
    304,
    308,
    400,
    403,
    404,
    405,
    409,
    410,
    413,
    414,
    415,
    416,
    421,
}
MOST_SECONDS = 1.0
MOST_BYTES = 64 * 2**20


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Attacker:
    """Counts what it sends and looks at every answer: its status, its headers, its time."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.answers: Counter[int] = Counter()
        self.slowest = 0.0
        self.memory = 0  # bytes of this process before

    def update(
        self, body: bytes, content_type: str = FORM, headers: Mapping[str, str] | None = None
    ) -> None:
        """Report an event; it must not end a pipeline."""
        answer = self.send("POST", UPDATE, "", body, content_type, headers)
        assert answer.status in HARMLESS, (answer, body[:1000])

    def batch(self, uid: str, first: int, events: list[Any]) -> int:
        """Report events many at once, and go on after bad ones; return how many were stored."""
        number, end, bad = first, first + len(events), 0
        while number < end:
            sent = json.dumps({"first": number, "events": events[number - first :]}).encode()
            path = f"/api/runs/{uid}/events"
            answer = self.send("POST", path, "", sent, "application/json")
            assert answer.status in HARMLESS, (answer, sent[:1000])
            told = json.loads(answer.body)
            number = told["bad"] + 1 if answer.status == 400 else end
            bad += answer.status == 400
        return len(events) - bad

    def ask(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for anything; it must be told what is wrong with it."""
        answer = self.send(method, path, query, body, content_type, headers or {})
        assert answer.status in TRUE_CODES, (answer, method, path[:1000], query[:1000])
        return answer

    def send(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        content_type: str = FORM,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request as a WSGI server hands it over, where text is bytes in Latin-1."""
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": _raw(path),
            "QUERY_STRING": _raw(query),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:5000",
            "CONTENT_TYPE": _raw(content_type),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **{name: _raw(value) for name, value in (headers or {}).items()},
        }
        told: list[tuple[int, list[tuple[str, str]]]] = []

        def start_response(status: str, sent: list[tuple[str, str]], _: object = None) -> None:
            told.append((int(status[:3]), sent))

        began = time.thread_time()
        result = self.app.wsgi_app(environ, start_response)  # type: ignore[arg-type]
        answer = Answer(*told[0], b"".join(result))
        getattr(result, "close", lambda: None)()
        self._judge(answer, time.thread_time() - began)
        return answer

    def _judge(self, answer: Answer, seconds: float) -> None:
        self.answers[answer.status] += 1
        self.slowest = max(self.slowest, seconds)
        # Time on the processor: how busy the machine is with other things doesn't count.
        assert seconds < MOST_SECONDS
        for name, value in answer.headers:
            assert not {"\r", "\n"} & {*name, *value}
            # The mark of a form at most: a browser that signed in keeps its cookie for two weeks.
            assert name.lower() != "set-cookie" or (
                value.startswith("panoptes_session_") and "Expires=" not in value
            )

    @property
    def sent(self) -> int:
        """How many requests there were."""
        return self.answers.total()


def _raw(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def resident_bytes(process: int | None = None) -> int:
    """Return how much memory a process has, this one if none is named; 0 if nobody tells.

    What this one has freed but not given back, hundreds of megabytes now and then, doesn't count.
    """
    gc.collect()
    if process is None and (give_back := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        give_back(0)
    statm = Path(f"/proc/{process or 'self'}/statm")
    if not statm.exists():
        return 0
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
