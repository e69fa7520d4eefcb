"""What the plugin makes of Snakemake's records, whatever is in them, and how it is found."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_logger_plugin_panoptes_ui import LogHandler, LogHandlerSettings
from snakemake_logger_plugin_panoptes_ui.benchmark import read_benchmark
from snakemake_logger_plugin_panoptes_ui.records import event_of

FOLDER = Path(__file__).parents[1]


class Named(list):
    """A list whose items have names, as Snakemake's resources."""

    def items(self) -> list[tuple[str, Any]]:
        return [("mem_mb", self[0]), ("tmpdir", self[1])]


class Job:
    jobid = 4


class Unspeakable:
    def __str__(self) -> str:
        raise ValueError


def record(event: Any = None, msg: str = "", level: int = logging.INFO, **fields: Any) -> Any:
    made = logging.LogRecord("snakemake", level, __file__, 1, msg, None, None)
    made.__dict__.update(fields if event is None else {"event": event, **fields})
    return made


class Records(unittest.TestCase):
    def test_an_event_has_the_fields_of_its_record(self) -> None:
        told = record(LogEvent.JOB_INFO, "Rule: a", jobid=1, rule_name="a", quietness="x")
        assert event_of(told) == {
            "event": "job_info",
            "time": told.created,
            "jobid": 1,
            "rule_name": "a",
        }

    def test_an_error_has_its_text(self) -> None:
        event = event_of(record(LogEvent.ERROR, "RuleException:\nboom", exception="RuleException"))
        assert event is not None
        assert (event["msg"], event["exception"]) == ("RuleException:\nboom", "RuleException")

    def test_lines_without_an_event_are_kept_and_noise_is_not(self) -> None:
        line = event_of(record(msg="Trying to restart job 1.", level=logging.WARNING))
        assert line is not None
        assert (line["event"], line["level"]) == ("log", "warning")
        assert event_of(record(msg="Ready jobs: 1", level=logging.DEBUG)) is None
        assert event_of(record(msg="Select jobs to execute...")) is None
        assert event_of(record(LogEvent.SHELLCMD, shellcmd="ls")) is None

    def test_objects_become_what_they_stand_for(self) -> None:
        jobs = {Job()}
        group = event_of(record(LogEvent.GROUP_INFO, group_id="pair", jobs=jobs))
        info = event_of(record(LogEvent.JOB_INFO, resources=Named([100, Path("/tmp")])))
        assert group is not None
        assert info is not None
        assert group["jobs"] == [4]
        assert info["resources"] == {"mem_mb": 100, "tmpdir": "/tmp"}

    def test_whatever_is_in_a_record_json_can_hold_it(self) -> None:
        odd = record(
            LogEvent.JOB_INFO,
            wildcards={1: "\ud800", "x": Unspeakable(), "n": float("inf")},
            input=[str(number) for number in range(100_000)],
            reason="r" * 1_000_000,
        )
        text = json.dumps(event_of(odd))
        assert len(text) < 500000
        assert '"Unspeakable"' in text


class Benchmarks(unittest.TestCase):
    def read(self, name: str, text: str) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_text(text)
            return read_benchmark(str(path))

    def test_the_last_row_counts(self) -> None:
        assert self.read("b.tsv", "s\tmax_rss\n1.0\t3.5\n2.0\t4.5\n") == {
            "s": "2.0",
            "max_rss": "4.5",
        }
        assert self.read("b.jsonl", '{"s": 1}\n{"s": 2}\n') == {"s": 2}

    def test_what_is_no_benchmark_says_nothing(self) -> None:
        for text in ("", "\n", "s\tmax_rss\n", "\0"):
            assert self.read("b.tsv", text) is None
        assert self.read("b.jsonl", "{") is None
        assert read_benchmark("nowhere") is None


class Interface(unittest.TestCase):
    def test_snakemake_finds_it_with_its_options_and_variables(self) -> None:
        plugin = LoggerPluginRegistry().get_plugin("panoptes-ui")
        found = {each["cliarg"]: each["env_var"] for each in plugin.get_settings_info()}
        for name in ("address", "token", "name", "logs", "allow-stop", "labels", "note"):
            variable = f"SNAKEMAKE_LOGGER_PANOPTES_UI_{name.upper().replace('-', '_')}"
            assert found.pop(f"--logger-panoptes-ui-{name}") == variable
        assert found == {}

    def test_importing_it_imports_next_to_nothing(self) -> None:
        code = (
            "import sys, snakemake_interface_logger_plugins.settings as s,"
            " snakemake_interface_logger_plugins.base as b; before = set(sys.modules);"
            " import snakemake_logger_plugin_panoptes_ui; print(set(sys.modules) - before)"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert told.stdout.strip() == "{'snakemake_logger_plugin_panoptes_ui'}", told.stderr

    def handler(self, **settings: Any) -> Any:
        common = SimpleNamespace(dryrun=settings.pop("dryrun", False), quiet=None)
        return LogHandler(common, LogHandlerSettings(**settings))

    def test_a_wrong_address_is_told_and_harms_nothing(self) -> None:
        handler, told = self.handler(address="ftp://nowhere"), StringIO()
        with redirect_stderr(told):
            handler.emit(record(LogEvent.WORKFLOW_STARTED, workflow_id="1", snakefile="S"))
            handler.emit(record(LogEvent.PROGRESS, done=1, total=2))
            handler.close()
        assert (
            told.getvalue()
            == "panoptes: 'ftp://nowhere' is not the address of a server. This run isn't watched.\n"
        )

    def test_dry_runs_and_calls_that_run_nothing_are_not_told(self) -> None:
        name = "snakemake_logger_plugin_panoptes_ui.watcher.Sender"
        with patch(name) as sender:
            dry = self.handler(dryrun=True)
            dry.emit(record(LogEvent.WORKFLOW_STARTED, workflow_id="1"))
            dry.close()
            unlock = self.handler()
            unlock.emit(record(msg="Unlocked working directory."))
            unlock.close()
            sender.assert_not_called()

    def test_nothing_that_goes_wrong_inside_gets_out(self) -> None:
        handler = self.handler()
        handler.emit(SimpleNamespace())
        handler.common_settings = handler.settings = None
        handler._watcher = None
        handler.emit(record(LogEvent.WORKFLOW_STARTED))
        handler.close()
        handler.close()


INTERRUPTED = """
import os, subprocess, time
from snakemake_logger_plugin_panoptes_ui.sender.stopping import interrupt
child = subprocess.Popen(["sleep", "60"])
try:
    interrupt(os.getpid())
    time.sleep(10)
except KeyboardInterrupt:
    print("interrupted", child.wait())
"""


class Stopping(unittest.TestCase):
    def test_the_program_and_its_children_are_interrupted_and_nobody_else(self) -> None:
        script = 'sleep 10 & "$0" -c "$1"; kill $! && echo "the other lives"'
        told = subprocess.run(
            ["bash", "-c", script, sys.executable, INTERRUPTED],
            capture_output=True,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(FOLDER)},
        )
        assert told.stdout.splitlines() == ["interrupted -2", "the other lives"], told
