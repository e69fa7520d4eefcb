"""The examples of docs/api.md run as they stand there, against a real server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import demo
from devtools.running import ROOT, Server, clean_environment, running_server
from panoptes.web.document import DOCUMENT, operations

TEXT = (ROOT / "docs/api.md").read_text()
# The first block names the server's address: each reader's own.
ADDRESS, *BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
MISSING = "These tests need curl: apt-get install curl"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with a run of many jobs, some of which failed."""
    with running_server(tmp_path) as started:
        demo.cohort(started.url, "cohort")
        yield started


def in_one_shell() -> str:
    """Return the document's examples as a script of bash, each followed by a line of its own."""
    lines = []
    for number, (language, text) in enumerate(BLOCKS):
        block = text if language == "sh" else f"python - <<'END'\n{text}END\n"
        lines += [block, f"echo '--- {number} ---'"]
    return "\n".join(lines)


def outputs(server: Server, folder: Path) -> list[str]:
    """Return what each example says; one that fails is the test's failure."""
    environment = clean_environment() | {
        "PANOPTES": server.url,
        "PANOPTES_DB_URL": f"sqlite:///{server.output.parent / 'panoptes.db'}",
        "PYTHONPATH": str(ROOT),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "NO_PROXY": "127.0.0.1",
    }
    command = ["bash", "-eu", "-o", "pipefail", "-c", in_one_shell()]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return re.split(r"--- \d+ ---\n", done.stdout)


@pytest.mark.external
def test_the_examples_run_and_say_what_the_document_says(server: Server, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip(MISSING)
    said = iter(outputs(server, tmp_path))
    assert '"name":"cohort"' in next(said)
    with_client = next(said)
    assert "align\n  {'s': 'K07'}\n  " in with_client
    assert next(said) == with_client
    assert next(said) == "There is no workflow 'no such name'.\n"
    at_the_end = next(said)
    assert " error " in at_the_end
    assert "1 Error" in at_the_end
    assert re.fullmatch(r"\d{3} jobs are done\n", next(said))
    assert next(said) == "200\n304\n"
    assert next(said) == "Error\nNone\n"
    assert re.findall(r'"stored": *(\d+)', next(said)) == ["0", "3", "7"]
    assert re.match(r"8 events are stored, see http://\S+/workflow/3\?run=1\n", next(said))
    assert next(said) == ""
    assert '"workflows":[]' in next(said)
    assert '"name": "nightly"' in re.sub(r'":', '": ', next(said))
    assert next(said) == "404 There is no workflow 404.\n"
    assert "--cors-origin ORIGIN" in next(said)


def test_the_address_alone_is_left_to_the_reader() -> None:
    assert ADDRESS == ("sh", "export PANOPTES=http://127.0.0.1:5000\n")


def test_the_document_names_every_kind_of_address_and_every_error() -> None:
    known = {*DOCUMENT["paths"], "/api/docs", "/api/openapi.json"}
    named = set(re.findall(r'\$PANOPTES(/api/[^"?\s]*)', TEXT))
    shapes = {re.sub(r"/(\d+|\$run)", "/{}", each) for each in named}
    assert shapes <= {re.sub(r"{\w+}", "{}", each) for each in known}
    codes = {code for _, _, told in operations() for code in told["responses"] if code >= "400"}
    assert set(re.findall(r"^\| (\d{3}) \|", TEXT, re.MULTILINE)) == codes
