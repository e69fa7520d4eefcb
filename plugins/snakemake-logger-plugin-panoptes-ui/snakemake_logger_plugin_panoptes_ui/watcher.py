"""Watches a run: which records begin it, what belongs to a job that ended, and how it is named."""

import os
import platform
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from getpass import getuser
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import uuid4

from . import __version__
from .benchmark import read_benchmark
from .records import event_of
from .sender import Sender, find_address, without_secrets
from .sender.connection import Connection
from .sender.open_logs import OpenLogs
from .sender.sender import HEARTBEAT, LISTENING, WATCHED
from .sender.tails import LOG_TAIL, Tail, read_from, read_tail

AGENT = f"snakemake-logger-plugin-panoptes-ui/{__version__}"
FOLDER = Path(".snakemake", "panoptes-ui")
# Records before the run itself begins.
MOST_EARLY = 100
# So many logs of a job are read; of all jobs of a run so many bytes, and then less of each.
MOST_LOGS = 10
ENOUGH_LOGS = 50_000_000
SHORT_TAIL = 4_096
# Jobs of which it is known where their logs are.
MOST_JOBS = 5_000


class Watcher:
    """Sends what the records of a run say.

    A run begins with the record that says so, or with an error that keeps it from beginning: calls
    that run nothing (`--unlock`) are not told, and dry runs neither.
    """

    def __init__(self, settings: Any, common_settings: Any) -> None:
        self._settings, self._common = settings, common_settings
        self._process = os.getpid()
        self._early: list[dict[str, Any]] = []
        self._sender: Sender | None = None
        self._run_id = ""
        self._is_off = False
        self._benchmarks: dict[Any, str] = {}
        self._logs: dict[str, list[str]] = {}
        self._sent_tails: dict[Any, Any] = {}
        self._sent_of_logs = 0
        self._open_logs = OpenLogs(self._read_on, self._send_tail)
        self._is_stopping = False

    def take(self, record: Any) -> None:
        """Take a record of Snakemake's log."""
        event = None if self._is_off else event_of(record)
        if event is None:
            return
        begins = event["event"] == "workflow_started"
        if begins:
            event["cmd"] = _command()
            if self._sender is not None and str(event.get("workflow_id")) != self._run_id:
                self.close()  # A program that runs several workflows, one after the other.
        if self._sender is None:
            self._early = [*self._early, event][-MOST_EARLY:]
            if begins or event["event"] == "error":
                self._begin(event if begins else {})
            return
        self._tell(event)

    def close(self) -> None:
        """Say that the run is over, and bring away what isn't sent yet."""
        sender, self._sender = self._sender, None
        self._early.clear()
        if sender is None or os.getpid() != self._process:
            return
        # Of what ends Snakemake itself (Ctrl-C while it plans), no record tells.
        raised = sys.exc_info()[0] or getattr(sys, "last_type", None)
        end = {"event": "end", "time": time.time(), "exception": raised and raised.__name__}
        sender.add(end, is_important=True)
        sender.close()

    # --- the run ----------------------------------------------------------------------------------

    def _begin(self, started: dict[str, Any]) -> None:
        if getattr(self._common, "dryrun", False):
            self._is_off = True
            return
        try:
            address = find_address(self._settings.address, self._settings.token)
        except ValueError as error:
            self._is_off = True
            _say(f"{error} This run isn't watched.")
            return
        self._run_id = str(started.get("workflow_id") or uuid4())
        listens = self._settings.logs != "none" or self._settings.allow_stop
        self._sender = Sender(
            Connection(address, AGENT),
            {
                "id": self._run_id,
                "engine": "snakemake",
                "name": self._settings.name or Path.cwd().name or None,
                "description": self._description(started),
            },
            [Path.cwd() / FOLDER, Path(gettempdir(), f"panoptes-ui-{_or_none(getuser)}")],
            say=_say,
            heard=self._hear,
            listening=LISTENING if listens else HEARTBEAT,
            announces=not getattr(self._common, "quiet", None),
        )
        early, self._early = self._early, []
        for event in early:
            self._tell(event)

    def _description(self, started: dict[str, Any]) -> dict[str, Any]:
        """Return what is known of the run as a whole; Snakemake tells most of it since 9.22."""
        return {
            "client": AGENT,
            "version": started.get("snakemake_version") or _version(),
            "python": sys.version.split()[0],
            "platform": started.get("platform") or sys.platform,
            # Since 9.22, `snakefile` is a file of Snakemake itself.
            "snakefile": started.get("snakefile_main") or started.get("snakefile"),
            "command": _command(),
            "workdir": str(Path.cwd()),
            "host": started.get("host") or _or_none(platform.node),
            "user": started.get("user") or _or_none(getuser),
            "configfiles": started.get("configfiles"),
            "config_md5": started.get("config_md5"),
            "logs": self._settings.logs,
            "allow_stop": bool(self._settings.allow_stop),
            "labels": (self._settings.labels or "").split(","),
            "note": self._settings.note,
        }

    # --- jobs -------------------------------------------------------------------------------------

    def _tell(self, event: dict[str, Any]) -> None:
        """Send an event, and behind it what belongs to it."""
        if self._sender is None:
            return
        kind = event["event"]
        if kind == "job_info":
            self._remember(event)
        self._sender.add(event, is_important=kind == "error")
        if kind == "job_error":
            self._send_logs(event.get("jobid"), event.get("log"), event["time"])
        elif kind == "group_error":
            for job in event.get("job_error_info") or []:
                self._send_logs(job.get("jobid"), event.get("aux_logs"), event["time"])
        elif kind == "job_finished":
            self._finish(event.get("job_id"), event["time"])

    def _remember(self, info: dict[str, Any]) -> None:
        """Remember where a job's benchmark and logs are."""
        job = info.get("jobid")
        if info.get("benchmark"):
            self._benchmarks[job] = info["benchmark"]
        if info.get("log"):
            self._logs[str(job)] = info["log"]
            if len(self._logs) > MOST_JOBS:
                del self._logs[next(iter(self._logs))]

    def _finish(self, job: Any, moment: float) -> None:
        """Send the benchmark of a job that is done and, where that is wanted, its logs."""
        path = self._benchmarks.pop(job, None)
        row = read_benchmark(path) if path else None
        if row and self._sender:
            self._sender.add({"event": "benchmark", "time": moment, "jobid": job, "row": row})
        if self._settings.logs == "all":
            self._send_logs(job, self._logs.get(str(job)), moment)

    def _send_logs(self, job: Any, paths: Any, moment: float) -> None:
        if self._settings.logs == "none" or not isinstance(paths, list):
            return
        for path in paths[:MOST_LOGS]:
            enough = self._sent_of_logs > ENOUGH_LOGS
            tail = read_tail(path, SHORT_TAIL if enough else LOG_TAIL)
            mark = tail and (tail.size, hash(tail.data))
            # Some failures are told twice, the second time at the end (--quiet).
            if tail is not None and self._sent_tails.get((job, path)) != mark:
                self._sent_tails[job, path] = mark
                self._sent_of_logs += len(tail.data)
                self._send_tail(job, path, tail, moment)

    def _send_tail(self, job: Any, path: str, tail: Tail, moment: float | None = None) -> None:
        if self._sender is not None:
            event = {"event": "log_tail", "time": moment or time.time(), "jobid": job, "path": path}
            self._sender.add({**event, "from": tail.offset, "text": tail.text, "size": tail.size})

    # --- what the server wishes -------------------------------------------------------------------

    def _hear(self, answer: dict[str, Any]) -> None:
        """Read on in the logs that somebody has open, and stop the run where that is allowed.

        Runs in the sender's thread.
        """
        if answer.get("stop") is True and self._settings.allow_stop and not self._is_stopping:
            from .sender.stopping import interrupt

            self._is_stopping = True
            _say("this run is stopped from its page.")
            interrupt(os.getpid())
        are_open = self._open_logs.hear(answer)
        if self._sender is not None:
            self._sender.listening = WATCHED if are_open else LISTENING

    def _read_on(self, job: Any, path: str, offset: int, most: int) -> Tail | None:
        """Return what is new in an open log, if it is one of this run's."""
        if self._settings.logs == "none" or path not in self._logs.get(str(job), ()):
            return None
        return read_from(path, offset, most)


def _command() -> str:
    """Return the command as it can be typed again, without its secrets."""
    program, *words = sys.argv or [""]
    name = Path(program).name
    return without_secrets(["snakemake" if name == "__main__.py" else name, *words])


def _version() -> str | None:
    """Return Snakemake's version; before 9.22 no record tells it."""
    return getattr(sys.modules.get("snakemake.common"), "__version__", None)


def _or_none(ask: Callable[[], str]) -> str | None:
    """Return what the system says; a container may know no user of this number."""
    with suppress(Exception):
        return ask()
    return None


def _say(text: str) -> None:
    """Write a line to the terminal, where Snakemake writes its own."""
    with suppress(Exception):
        sys.stderr.write(f"panoptes: {text}\n")
        sys.stderr.flush()
