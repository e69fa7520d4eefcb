"""A server on a standby of PostgreSQL: its pages can be read, and nothing can be lost there."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from devtools import postgres
from devtools.postgres import Cluster
from devtools.running import Server, running_server
from tests.faults.load import Reporter

pytestmark = pytest.mark.external

PATIENCE = 30


@pytest.fixture
def primary() -> Iterator[Cluster]:
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip(postgres.MISSING)
    with postgres.running_cluster(binaries) as running:
        yield running


def wait_for_done(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.get("/api/workflow/1")["workflow"]["jobs_done"] != 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_standby_shows_what_the_primary_is_told(primary: Cluster, tmp_path: Path) -> None:
    url = primary.url.format(name="postgres")
    with running_server(tmp_path, "--db-url", url) as writing:
        reporter = Reporter(writing.url, keeps=False)
        reporter.send({"level": "job_info", "jobid": 1, "name": "align"})
        with postgres.running_cluster(primary.binaries, primary) as standby:
            own = ("--db-url", standby.url.format(name="postgres"), "--read-only")
            with running_server(tmp_path, *own) as reading:
                reporter.send({"level": "job_finished", "jobid": 1})
                wait_for_done(reading)
                assert b"</html>" in reading.send("GET", "/workflow/1")
                with pytest.raises(HTTPError) as refused:
                    reading.get("/create_workflow")
                with refused.value as answer:
                    assert answer.code == 503
                output = reading.output.read_text()
    assert "Traceback" not in output
