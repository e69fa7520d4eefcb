"""The real clients of GA4GH's WES, each asking a server that has runs of two engines."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devtools import replay
from devtools.install_clients import FOLDER, MISSING, read_wes_clients
from devtools.running import ROOT, Server, clean_environment, running_server
from tests.docs.blocks import blocks_of
from tests.engines.nextflow.recorded import RECORDED_ID, recording
from tests.recorded import FOLDER as RECORDINGS
from tests.tokens import token_command

pytestmark = pytest.mark.external

# The ids of the first runs that a server has.
FIRST, SECOND = "1000000000001", "1000000000002"
CLIENTS = {client.requirements[0].partition("==")[0]: client for client in read_wes_clients()}
COMMANDS = {"wes-service": "wes-client", "gxy-wes": "gxy-wes", "ai4gh": "ai4gh"}
ADDRESS = "127.0.0.1:5000"
# Reads JSON and gives it back as the models of a package understand it.
AS_MODEL = """
import sys
from ai4gh.specs.wes import models
print(getattr(models, sys.argv[1]).model_validate_json(sys.stdin.read()).model_dump_json())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a run of Snakemake and one of Nextflow, both of which failed."""
    with running_server(tmp_path_factory.mktemp("wes")) as started:
        replay.replay(started.url, replay.requests(RECORDINGS / "sm8/fail.jsonl"))
        known = RECORDED_ID
        for told in recording("v26.04.6", "tower", "fail"):
            path = told.path.replace(RECORDED_ID, known)
            sent = replay.Request(told.method, path, told.headers, told.body)
            answer = replay.send(started.url, sent)
            known = json.loads(answer)["workflowId"] if told.is_create else known
        yield started


def host_of(server: Server) -> str:
    return server.url.removeprefix("http://")


def program(package: str, name: str) -> str:
    """Return the path of a program of an installed client."""
    client = CLIENTS[package]
    if not client.is_installed(FOLDER):
        pytest.skip(f"{client.name} {MISSING}")
    return str(FOLDER / client.name / "bin" / name)


def call(*command: str, told: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env=clean_environment("WES_", "GXY_") | {"NO_PROXY": "127.0.0.1"},
        input=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wes_client(server: Server, *words: str) -> "subprocess.CompletedProcess[str]":
    where = ("--proto", "http", "--host", host_of(server))
    return call(program("wes-service", "wes-client"), *where, *words)


def gxy_wes(server: Server, *words: str, url: str = "") -> "subprocess.CompletedProcess[str]":
    return call(program("gxy-wes", "gxy-wes"), *words, "--galaxy-url", url or server.url)


def as_model(name: str, value: Any) -> dict[str, Any]:
    """Return a value as the model of that name understands it."""
    python = program("ai4gh", "python")
    understood = call(python, "-c", AS_MODEL, name, told=json.dumps(value))
    assert understood.returncode == 0, understood.stderr
    found: dict[str, Any] = json.loads(understood.stdout)
    return found


def test_the_commands_of_the_document_run(server: Server, tmp_path: Path) -> None:
    (block,) = (each for each in blocks_of(ROOT / "docs/wes.md", "sh") if each.reason)
    for package, name in COMMANDS.items():
        (tmp_path / name).symlink_to(program(package, name))
    script = f"PATH={tmp_path}:$PATH\n" + block.text.replace(ADDRESS, host_of(server))
    done = call("bash", "-euc", script)
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ('"workflow_type": "SMK"', "Building DAG of jobs...", "[PASS] test_list_runs"):
        assert said in done.stdout


def test_wes_client_prints_runs_and_their_log(server: Server) -> None:
    info = json.loads(wes_client(server, "--info").stdout)
    assert info["system_state_counts"]["EXECUTOR_ERROR"] == 2
    listed = json.loads(wes_client(server, "--list").stdout)["runs"]
    assert [run["run_id"] for run in listed] == [SECOND, FIRST]
    run = json.loads(wes_client(server, "--get", FIRST).stdout)
    assert (run["state"], run["request"]["workflow_type"]) == ("EXECUTOR_ERROR", "SMK")
    log = wes_client(server, "--log", FIRST)
    assert "Building DAG of jobs...\n" in log.stdout
    unknown = wes_client(server, "--get", "7")
    assert unknown.returncode == 1
    assert "There is no run 7" in unknown.stderr


def test_gxy_wes_prints_tasks_and_why_it_is_refused(server: Server) -> None:
    page = json.loads(gxy_wes(server, "list", "--page-size", "1").stdout)
    token = page["next_page_token"]
    more = gxy_wes(server, "list", "--page-size", "1", "--page-token", token)
    shown = [run["run_id"] for run in page["runs"] + json.loads(more.stdout)["runs"]]
    assert shown == [SECOND, FIRST]
    status = json.loads(gxy_wes(server, "status", SECOND).stdout)
    assert status == {"run_id": SECOND, "state": "EXECUTOR_ERROR"}
    tasks = json.loads(gxy_wes(server, "tasks", SECOND).stdout)["task_logs"]
    failed = [task for task in tasks if task.get("exit_code")]
    assert [task["exit_code"] for task in failed] == [3]
    assert json.loads(gxy_wes(server, "task", SECOND, failed[0]["id"]).stdout) == failed[0]
    for words, sentence in (
        (("cancel", FIRST), "panoptes only watches this run"),
        (("submit", "--workflow-url", "a.ga"), "panoptes watches workflows and starts none"),
    ):
        refused = gxy_wes(server, *words)
        assert refused.returncode == 1
        assert "HTTP 403" in refused.stderr
        assert sentence in refused.stderr


def test_ai4gh_finds_nothing_wrong_and_its_models_take_what_there_is(server: Server) -> None:
    tried = call(program("ai4gh", "ai4gh"), "test", "wes", server.url)
    assert tried.returncode == 0, tried.stdout
    assert "Failed: 0 | Skipped: 0 | Errors: 0" in tried.stdout
    listed = server.get("/ga4gh/wes/v1/runs")
    assert [run["state"] for run in as_model("RunListResponse", listed)["runs"]] == [
        *("EXECUTOR_ERROR", "EXECUTOR_ERROR"),
    ]
    run = as_model("RunDescription", server.get(f"/ga4gh/wes/v1/runs/{SECOND}"))
    assert run["run_log"]["cmd"][:2] == ["nextflow", "run"]
    info = as_model("ServiceInfo", server.get("/ga4gh/wes/v1/service-info"))
    assert info["supported_wes_versions"] == ["1.1.0"]


def test_the_clients_send_a_token(tmp_path: Path) -> None:
    with running_server(tmp_path) as started:
        secret = token_command(tmp_path, "add", "wall", "--role", "view")
        guarded = replace(started, token=secret)
        assert json.loads(wes_client(guarded, "--auth", f"Bearer {secret}", "--list").stdout)
        url = started.url.replace("://", f"://me:{secret}@")
        assert json.loads(gxy_wes(guarded, "list", url=url).stdout) == {
            "next_page_token": "",
            "runs": [],
        }
        for refused in (wes_client(guarded, "--list"), gxy_wes(guarded, "list")):
            assert refused.returncode == 1
            assert "This panoptes requires a token" in refused.stderr
        assert json.loads(gxy_wes(guarded, "service-info").stdout)["system_state_counts"] == {}
