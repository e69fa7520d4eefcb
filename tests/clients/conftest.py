"""Fixtures that run the example workflow with real Snakemakes against a real server."""

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devtools.install_clients import FOLDER, MISSING, Client, read_clients
from devtools.running import ROOT, Server, client_environment, running_server

# A client that this Python can't run is no skip: nothing could be done about it here.
CLIENTS = [client for client in read_clients() if client.runs_here() or client.is_installed(FOLDER)]
TIME_LIMIT = 180
PLUGIN = ROOT / "plugins/snakemake-logger-plugin-panoptes-ui"
NEWEST = "snakemake-9"
Start = Callable[..., "subprocess.Popen[str]"]


@dataclass(frozen=True)
class Run:
    """A run that is over, and what the server's API tells about it."""

    code: int
    output: str
    folder: Path
    workflow: dict[str, Any] | None
    jobs: list[dict[str, Any]]

    @property
    def status(self) -> str | None:
        """The workflow's status; None where the server knows of no workflow."""
        return self.workflow["status"] if self.workflow else None

    @property
    def counts(self) -> tuple[int, int] | None:
        """How many jobs are done, and of how many."""
        return (self.workflow["jobs_done"], self.workflow["jobs_total"]) if self.workflow else None

    def job(self, rule: str, **wildcards: str) -> dict[str, Any]:
        """Return the one job of ``rule`` with these wildcards."""
        [job] = [job for job in self.jobs if (job["name"], job["wildcards"]) == (rule, wildcards)]
        return job


@dataclass(frozen=True)
class Snakemake:
    """An installed client that reports to ``server``."""

    client: Client
    server: Server
    home: Path

    @property
    def has_plugin(self) -> bool:
        """Whether it reports by the logger plugin, which tells less than Snakemake itself did."""
        return "--logger" in self.client.options

    def run(self, *args: str, name: str, folder: Path, **options: str) -> Run:
        """Run the example in ``folder`` under ``name`` and look at what the server knows of it."""
        done = self.call(*args, name=name, folder=folder, **options)
        workflow = self.workflow(name)
        jobs = self.server.get(f"/api/workflow/{workflow['id']}/jobs") if workflow else {"jobs": []}
        return Run(done.returncode, done.stdout, folder, workflow, jobs["jobs"])

    def call(
        self,
        *args: str,
        name: str,
        folder: Path,
        url: str = "",
        config: str = "",
        token: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run the example in ``folder`` under ``name``; ``args`` may begin with targets.

        ``token`` stands in the environment.
        """
        values = {"url": url or self.server.url, "name": name}
        return subprocess.run(
            [
                str(FOLDER / self.client.name / "bin/snakemake"),
                *args,
                *("--snakefile", str(ROOT / "examples/Snakefile")),
                *("--directory", str(folder), "--cores", "2"),
                *("--config", "pace=0", *config.split()),
                *(option.format(**values) for option in self.client.options),
            ],
            cwd=self.home,
            env=client_environment(self.home) | ({"WMS_MONITOR_TOKEN": token} if token else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    def workflow(self, name: str) -> dict[str, Any] | None:
        """Return the workflow of this name as the server knows it, if it does."""
        for listed in self.server.get("/api/workflows")["workflows"]:
            if listed["name"] == name:
                workflow: dict[str, Any]
                workflow = self.server.get(f"/api/workflow/{listed['id']}")["workflow"]
                return workflow
        return None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session", params=CLIENTS, ids=lambda client: client.name)
def snakemake(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Snakemake:
    client: Client = request.param
    if not client.is_installed(FOLDER):
        pytest.skip(f"{client.name} {MISSING}")
    return Snakemake(client, server, tmp_path_factory.mktemp("home"))


@pytest.fixture
def run(request: pytest.FixtureRequest, snakemake: Snakemake, tmp_path: Path) -> Callable[..., Run]:
    """Run the example in a fresh folder, under a name of the test's own."""

    def run_example(*args: str, folder: Path = tmp_path, **options: str) -> Run:
        return snakemake.run(*args, name=request.node.name, folder=folder, **options)

    return run_example


@pytest.fixture(scope="session")
def finished(snakemake: Snakemake, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the whole example, once for each client; the run is only to be looked at."""
    folder = tmp_path_factory.mktemp("finished")
    return snakemake.run(name=f"{snakemake.client.name} from start to end", folder=folder)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a Snakemake in a fresh folder, with our plugin where there is an address.

    `others` are plugins beside ours, with their options.
    """

    def start(
        version: str,
        url: str,
        *args: str,
        folder: Path = tmp_path,
        others: tuple[str, ...] = (),
        **variables: str,
    ) -> "subprocess.Popen[str]":
        home = FOLDER / version
        if not (home / "installed.json").is_file():
            pytest.skip(f"{version} {MISSING}")
        ours = ("--logger", "panoptes-ui", *others, "--logger-panoptes-ui-address", url)
        logger = ours if url else ()
        return subprocess.Popen(
            [str(home / "bin/snakemake"), "--cores", "2", *args, *logger],
            cwd=folder,
            env=client_environment(folder) | {"PYTHONPATH": str(PLUGIN)} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def ended(snakemake: "subprocess.Popen[str]") -> str:
    """Return all that a Snakemake says, once it has ended."""
    output = snakemake.communicate(timeout=TIME_LIMIT)[0]
    assert "Traceback" not in output
    return output


def wait_until(is_so: Callable[[], Any]) -> None:
    """Wait until something is so, and fail if that takes too long."""
    deadline = time.monotonic() + 30
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_so()
