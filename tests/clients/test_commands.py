"""Real cwltool, Toil and miniwdl behind `panoptes run --`: what the server knows of their runs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from devtools.install_clients import FOLDER, MISSING, read_command_clients
from devtools.running import ROOT, Server, client_environment
from tests.clients.conftest import TIME_LIMIT

pytestmark = pytest.mark.external


def indented(script: str) -> str:
    """Return the lines of a script as those of a block that is indented by four."""
    return "\n    ".join(script.splitlines())


# What each job does: it fails, or does so once, or waits for a file, or does well.
SCRIPT = """\
case "$0" in
  bad) echo "no $0" >&2; exit 3 ;;
  flaky) test -e "$1" || { touch "$1"; exit 1; } ;;
  slow) until test -e "$1"; do sleep 0.1; done ;;
esac
echo "hello $0"
"""
TOOL = f"""\
cwlVersion: v1.2
class: CommandLineTool
baseCommand:
  - sh
  - -c
  - |
    {indented(SCRIPT)}
arguments: [$(inputs.name), $(inputs.mark)]
inputs: {{name: string, mark: string}}
outputs: {{out: stdout}}
stdout: out.txt
"""
WORKFLOW = """\
cwlVersion: v1.2
class: Workflow
requirements: {ScatterFeatureRequirement: {}}
inputs: {names: "string[]", mark: string}
outputs: {all: {type: "File[]", outputSource: greet/out}}
steps:
  greet: {run: greet.cwl, scatter: name, in: {name: names, mark: mark}, out: [out]}
"""
WDL = f"""\
version 1.0

workflow hello {{
  input {{
    Array[String] names
    String mark
  }}
  scatter (name in names) {{
    call greet {{ input: name = name, mark = mark }}
  }}
}}

task greet {{
  input {{
    String name
    String mark
  }}
  command <<<
    set -- "~{{mark}}"
    {indented(SCRIPT.replace("$0", "~{name}"))}
  >>>
  output {{
    String out = read_string(stdout())
  }}
  runtime {{
    docker: "debian:12"
    maxRetries: 1
  }}
}}
"""
CWL_JOB = ("main.cwl", "in.yml")
STAND_IN = ROOT / "tests/recordings/toil/workflows/singularity"


@dataclass(frozen=True)
class Engine:
    """A command and its options, with which it runs main.cwl or main.wdl without containers.

    `retries`: it tries a job again. `cached` are options and variables with which a second run
    takes what the first one did. `failed` is how it ends where a job ended with 3.
    """

    client: str
    words: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    retries: bool = True
    cached: tuple[str, ...] | None = None
    failed: int = 1


ENGINES = {
    "cwltool": Engine(
        "cwltool-3.3",
        ("cwltool", "--no-container", *CWL_JOB),
        retries=False,
        cached=("--cachedir", "cache"),
    ),
    "toil-cwl": Engine("toil-9", ("toil-cwl-runner", "--no-container", *CWL_JOB)),
    "toil-wdl": Engine(
        "toil-9",
        ("toil-wdl-runner", "--container", "singularity", "main.wdl", "in.json"),
        {"MINIWDL__SINGULARITY__IMAGE_CACHE": "{folder}"},
        failed=3,
    ),
    "miniwdl": Engine(
        "miniwdl-1",
        ("miniwdl", "run", "main.wdl", "-i", "in.json"),
        {
            "MINIWDL__SCHEDULER__CONTAINER_BACKEND": "bare",
            "MINIWDL__TASK_RUNTIME__COMMAND_SHELL": "/bin/bash",
            "MINIWDL__CALL_CACHE__DIR": "{folder}/cache",
            "MINIWDL__CALL_CACHE__PUT": "true",
            "MINIWDL__CALL_CACHE__GET": "true",
        },
        cached=(),
        failed=3,
    ),
}


@dataclass
class Started:
    """A run that was started in a folder under a name; `server` knows of it."""

    name: str
    server: Server
    process: "subprocess.Popen[bytes]"
    output: Path

    def ended(self) -> str:
        """Return what it printed, once it has ended."""
        self.process.wait(TIME_LIMIT)
        return self.output.read_text()

    def workflow(self) -> dict[str, Any] | None:
        """Return what the server knows of it, with its jobs, None where it knows nothing yet."""
        for listed in self.server.get("/api/workflows")["workflows"]:
            if listed["name"] == self.name:
                path = f"/api/workflow/{listed['id']}"
                known: dict[str, Any] = self.server.get(path)["workflow"]
                return known | {"jobs": self.server.get(f"{path}/jobs")["jobs"]}
        return None

    def end(self) -> dict[str, Any]:
        """Return what the server knows of it once its end is known, and it has ended."""
        output = self.ended()
        known = self.workflow()
        assert known is not None, output
        assert known["completed_at"] is not None, output
        return known | {"output": output}

    def wait_for_running_job(self) -> None:
        """Wait until a job runs."""
        deadline = time.monotonic() + TIME_LIMIT
        while time.monotonic() < deadline and self.process.poll() is None:
            jobs = (self.workflow() or {"jobs": []})["jobs"]
            if any(job["status"] == "Running" for job in jobs):
                return
            time.sleep(0.2)
        pytest.fail(f"No job of {self.name} ran: {self.ended()}")


Run = Callable[..., Started]


@pytest.fixture
def run(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Return a function that starts an engine on some names, in a session of its own."""
    started: list[Started] = []

    def run(engine: str, *names: str, options: tuple[str, ...] = (), **variables: str) -> Started:
        wanted = ENGINES[engine]
        (client,) = [each for each in read_command_clients() if each.name == wanted.client]
        if not client.is_installed(FOLDER):
            pytest.skip(f"{client.name} {MISSING}")
        folder = tmp_path / engine
        if not folder.exists():
            write_workflow(folder)
        listed, mark = ", ".join(f'"{name}"' for name in names), folder / "mark"
        (folder / "in.yml").write_text(f'{{names: [{listed}], mark: "{mark}"}}\n')
        inputs = f'{{"hello.names": [{listed}], "hello.mark": "{mark}"}}\n'
        (folder / "in.json").write_text(inputs)
        bin_folder = FOLDER / client.name / "bin"
        program, *words = wanted.words
        # This Python's packages aren't the engine's.
        start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from panoptes.__main__ import main"
        name = f"{request.node.name} {len(started)}"
        wrapper = [sys.executable, "-c", f"{start}; sys.exit(main())", "run", "--name", name]
        own = {key: text.format(folder=folder) for key, text in wanted.variables.items()}
        path = {"PATH": f"{folder}:{bin_folder}:{os.environ['PATH']}"}
        # What an engine that is killed has started may write on.
        output = tmp_path / f"{len(started)}.out"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [*wrapper, "--url", server.url, "--", str(bin_folder / program), *options, *words],
                cwd=folder,
                env=client_environment(folder) | path | own | variables,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        started.append(Started(name, server, process, output))
        return started[-1]

    yield run
    for each in started:
        with suppress(ProcessLookupError):
            os.killpg(each.process.pid, signal.SIGKILL)
        each.process.wait()
    for engine in ENGINES:
        with suppress(FileNotFoundError):
            (tmp_path / engine / "mark").touch()


def write_workflow(folder: Path) -> None:
    folder.mkdir()
    (folder / "main.cwl").write_text(WORKFLOW)
    (folder / "greet.cwl").write_text(TOOL)
    (folder / "main.wdl").write_text(WDL)
    shutil.copy(STAND_IN, folder)


def states(known: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Return of each job its rule, its status and how often it was tried."""
    return sorted((job["name"], job["status"], len(job["attempts"])) for job in known["jobs"])


def child_of(process: "subprocess.Popen[bytes]") -> int:
    """Return the process of the command that a wrapper has started, beside its own helpers."""
    folder = Path("/proc")
    tasks = folder.glob(f"{process.pid}/task/*/children")
    children = [int(number) for task in tasks for number in task.read_text().split()]
    own = (folder / f"{process.pid}/cmdline").read_bytes()
    commands = {each: (folder / f"{each}/cmdline").read_bytes() for each in children}
    (child,) = [
        each for each, command in commands.items() if command != own and b"main." in command
    ]
    return child


@pytest.mark.parametrize("engine", ["cwltool", "toil-cwl", "miniwdl"])
def test_scattered_jobs_their_attempts_and_what_is_cached_are_known(engine: str, run: Run) -> None:
    wanted = ENGINES[engine]
    names = ("good", "flaky" if wanted.retries else "better")
    options = wanted.cached or ()
    started = run(engine, *names, options=options)
    known = started.end()
    assert (started.process.returncode, known["status"]) == (0, "Done"), known["output"]
    assert states(known) == [
        ("greet", "Done", 1),
        ("greet", "Done", 2 if wanted.retries else 1),
    ]
    assert len({job["wildcards"]["shard"] for job in known["jobs"]}) == 2
    assert (known["engine"], known["jobs_total"]) == (engine, 2)
    if wanted.cached is not None:
        # miniwdl takes the workflow as a whole.
        again = run(engine, *names, options=options).end()
        assert again["status"] == "Done"
        assert {(job["status"], job["cached"]) for job in again["jobs"]} == {("Done", True)}


@pytest.mark.parametrize("engine", ["cwltool", "toil-wdl", "miniwdl"])
def test_a_failed_job_says_why(engine: str, run: Run) -> None:
    wanted = ENGINES[engine]
    started = run(engine, "bad", "good")
    known = started.end()
    assert started.process.returncode == wanted.failed, known["output"]
    assert known["status"] == "Error"
    (failed,) = [job for job in known["jobs"] if job["status"] == "Error"]
    assert (failed["name"], failed["exit_status"]) == ("greet", 3)
    log = f"/api/workflow/{known['id']}/job/{quote(failed['jobid'])}/log?part={failed['part']}"
    last = f"{log}&attempt={len(failed['attempts'])}"
    assert "no bad" in str(started.server.get(last)), failed


@pytest.mark.parametrize("engine", ["cwltool", "toil-cwl", "miniwdl"])
def test_a_run_that_is_stopped_by_a_signal_says_by_which(engine: str, run: Run) -> None:
    stopped = {"SIGINT": run(engine, "slow"), "SIGKILL": run(engine, "slow")}
    for started in stopped.values():
        started.wait_for_running_job()
    os.killpg(stopped["SIGINT"].process.pid, signal.SIGINT)
    os.kill(child_of(stopped["SIGKILL"].process), signal.SIGKILL)
    for name, started in stopped.items():
        known = started.end()
        assert (known["status"], name in known["error"]) == ("Error", True), known["error"]
        assert known["jobs_running"] == 0
    assert stopped["SIGKILL"].process.returncode == -signal.SIGKILL
