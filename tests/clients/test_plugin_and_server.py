"""Our own plugin and a real server, from end to end: open logs, lost contact, and tokens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from devtools.running import (
    OPENER,
    ROOT,
    Server,
    clean_environment,
    client_environment,
    running,
    running_server,
)
from tests.clients.conftest import NEWEST, Start, ended, wait_until
from tests.clients.test_plugin import example
from tests.tokens import token_command

pytestmark = pytest.mark.external
# A job that writes a line now and then, until it may end.
TALKS = """
rule talk:
    output: "said.txt"
    log: "talk.log"
    shell:
        "for n in $(seq 200); do"
        " echo line $n >> {log}; [ -e enough ] && break; sleep 0.1; "
        "done; touch {output}"
"""
LAST = """
rule last:
    input: "said.txt"
    output: "last.txt"
    shell: "for n in $(seq 200); do [ -e over ] && break; sleep 0.1; done; touch {output}"
"""
# The server's own command, with less patience than two minutes.
IMPATIENT = """
from panoptes.engines.snakemake import plugin
plugin.SILENCE_LIMIT = 2
from panoptes.cli.main import main
main()
"""


def found(server: Server, name: str) -> dict[str, Any]:
    """Return the workflow of this name as the API's list has it; empty where there is none."""
    listed = server.get("/api/workflows")["workflows"]
    return next((each for each in listed if each["name"] == name), {})


def test_an_open_log_is_followed_while_its_job_runs_and_else_not_sent(
    start: Start, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "Snakefile").write_text(TALKS)
    run = start(NEWEST, server.url)
    wait_until(lambda: found(server, tmp_path.name).get("jobs_running"))
    workflow = found(server, tmp_path.name)["id"]
    address = f"/api/workflow/{workflow}/job/0/log"
    wait_until(lambda: "line 5\n" in (tmp_path / "talk.log").read_text())
    assert server.get(address)["log"]["text"] == ""

    def seen() -> str:
        with OPENER.open(Request(server.url + address, headers={"Poll": "1"})) as answer:
            return str(json.load(answer)["log"]["text"])

    wait_until(lambda: "line 5\n" in seen())
    last = (tmp_path / "talk.log").read_text()
    wait_until(lambda: seen().startswith(last))
    job = server.get(f"/api/workflow/{workflow}/job/0")["jobs"]
    assert job["status"] == "Running"
    (tmp_path / "enough").touch()
    ended(run)
    assert run.returncode == 0


def test_contact_is_lost_with_a_run_that_is_frozen_or_killed_and_comes_back(
    start: Start, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", IMPATIENT, "--port", "0"]
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    place = tmp_path / "server"
    place.mkdir()
    database = ["--db-url", f"sqlite:///{place / 'panoptes.db'}"]
    with running([*command, *database], place, clean_environment() | own) as server:
        (tmp_path / "Snakefile").write_text(TALKS)
        run = start(NEWEST, server.url)

        def is_lost() -> bool:
            told = found(server, tmp_path.name)
            assert told["status"] == ("Stale" if told["lost_contact"] else "Running")
            return bool(told["lost_contact"])

        wait_until(lambda: found(server, tmp_path.name).get("jobs_running"))
        os.killpg(run.pid, signal.SIGSTOP)
        wait_until(is_lost)
        os.killpg(run.pid, signal.SIGCONT)
        wait_until(lambda: not is_lost())
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        wait_until(is_lost)
        assert b"Lost contact" in server.send("GET", "/workflow/1")


def test_a_server_that_is_killed_and_comes_back_knows_all_of_the_run(
    start: Start, tmp_path: Path
) -> None:
    place = tmp_path / "server"
    place.mkdir()
    (tmp_path / "Snakefile").write_text(f"rule all:\n    input: 'last.txt'\n{TALKS}{LAST}")
    with running_server(place) as first:
        run = start(NEWEST, first.url)
        wait_until(lambda: found(first, tmp_path.name).get("jobs_running"))
        first.process.kill()
        first.process.wait()
        (tmp_path / "enough").touch()
        kept = tmp_path / ".snakemake/panoptes-ui"
        wait_until(lambda: any(b'"job_finished"' in each.read_bytes() for each in kept.glob("*")))
    with running_server(place, "--port", first.url.rpartition(":")[2]) as second:
        (tmp_path / "over").touch()
        output = ended(run)
        assert run.returncode == 0
        known = found(second, tmp_path.name)
    assert (known["status"], known["jobs_done"], known["jobs_total"]) == ("Done", 3, 3)
    assert not list(kept.iterdir()), output


def test_the_stock_plugin_beside_ours_tells_of_a_run_of_its_own(
    start: Start, server: Server, tmp_path: Path
) -> None:
    stock = ("panoptes", "--logger-panoptes-address", server.url)
    stock += ("--logger-panoptes-workflow-id", f"{tmp_path.name} by the stock one")
    run = start(NEWEST, server.url, "results/trimmed/alpha.txt", *example(), others=stock)
    ended(run)
    assert run.returncode == 0
    for name in (tmp_path.name, stock[-1]):
        known = found(server, name)
        assert (known["status"], known["jobs_done"], known["jobs_total"]) == ("Done", 2, 2)


# --- tokens ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants tokens, in a folder of its own."""
    folder = tmp_path_factory.mktemp("guarded")
    with running_server(folder) as server:
        token = token_command(folder, "add", "admin", "--role=admin")
        yield Server(server.url, server.process, server.output, token)


def test_a_run_comes_with_a_token_from_the_environment_or_in_the_address(
    start: Start, guarded: Server, tmp_path: Path
) -> None:
    secret = token_command(guarded.output.parent, "add", "me")
    address = guarded.url.replace("://", f"://me:{secret}@")
    ways = {"variable": (guarded.url, {"PANOPTES_TOKEN": secret}), "address": (address, {})}
    runs = {}
    for way, (url, variables) in ways.items():
        folder = tmp_path / way
        folder.mkdir()
        runs[way] = start(NEWEST, url, *example("fail=yes"), folder=folder, **variables)
    for way, run in runs.items():
        output = ended(run)
        assert run.returncode == 1, output
        told = found(guarded, way)
        workflow = guarded.get(f"/api/workflow/{told['id']}")["workflow"]
        assert (workflow["status"], workflow["owner"]) == ("Error", "me")
        assert not list((tmp_path / way).glob(".snakemake/panoptes-ui/*"))
    kept = [file for file in guarded.output.parent.iterdir() if file.is_file()]
    assert [file for file in kept if secret.encode() in file.read_bytes()] == []


def test_a_run_with_a_wrong_token_goes_its_way_and_is_sent_later(
    start: Start, guarded: Server, tmp_path: Path
) -> None:
    target = "results/trimmed/alpha.txt"
    run = start(NEWEST, guarded.url, target, *example(), PANOPTES_TOKEN="a-wrong-one")
    output = ended(run)
    assert run.returncode == 0, output
    (file,) = (tmp_path / ".snakemake/panoptes-ui").iterdir()
    told = [line for line in output.splitlines() if line.startswith("panoptes: ")]
    assert f"{guarded.url} doesn't accept the token (401)" in told[0]
    assert told[-1].endswith(f"panoptes send {file.relative_to(tmp_path)}")
    assert len(told) == 2, "One when it begins, one when it is over."
    assert found(guarded, tmp_path.name) == {}
    sent = subprocess.run(
        [sys.executable, "-m", "panoptes", "send", str(file)],
        env=client_environment(tmp_path)
        | {"PYTHONPATH": str(ROOT), "PANOPTES_TOKEN": guarded.token},
        capture_output=True,
        text=True,
    )
    assert sent.returncode == 0, sent.stderr
    assert not file.exists()
    known = found(guarded, tmp_path.name)
    assert (known["status"], known["jobs_done"], known["jobs_total"]) == ("Done", 2, 2)
