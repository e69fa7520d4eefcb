"""PostgreSQL is restarted while engines report: it may refuse for a while, and loses nothing."""

import socket
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Response
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from devtools import postgres
from devtools.install_clients import FOLDER, MISSING, read_clients
from devtools.postgres import Cluster
from devtools.running import Server, running_server
from panoptes.config.settings import Settings
from panoptes.database.connections import database_url, engine_options
from panoptes.database.connections import reading as reads_with
from tests.clients.conftest import Snakemake
from tests.conftest import serve
from tests.faults.load import Reporter, lost, reporting
from tests.faults.test_restart import SLOWLY
from tests.faults.whole import contradictions

pytestmark = [pytest.mark.slow, pytest.mark.external]

# As an administrator stops it, and as it crashes.
STOPS = ("fast", "immediate") * 3
PATIENCE = 30
PAGES = ("/", "/workflows/", "/workflow/1", "/workflow/1/timeline", "/api/workflows", "/search?q=a")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the test's own, to be stopped and started."""
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip(postgres.MISSING)
    with postgres.running_cluster(binaries) as running:
        yield running


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.url.format(name="postgres")


@pytest.fixture
def server(tmp_path: Path, url: str) -> Iterator[Server]:
    with running_server(tmp_path, "--db-url", url) as started:
        yield started


class Reader(threading.Thread):
    """Reads one page after the other and counts the answers."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.enough = threading.Event()
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while not self.enough.is_set():
            for page in PAGES:
                try:
                    self.answers[opener.open(self.url + page, timeout=PATIENCE).status] += 1
                except urllib.error.HTTPError as error:
                    self.answers[error.code] += 1


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    reader.start()
    try:
        yield
    finally:
        reader.enough.set()
    reader.join()


def restart(cluster: Cluster, reporters: Sequence[Reporter], mode: str) -> None:
    """Stop it, let events come meanwhile, start it and wait until they are taken again."""
    cluster.stop(mode)
    refused = [reporter.answers[503] for reporter in reporters]
    wait(lambda: all(r.answers[503] > n for r, n in zip(reporters, refused, strict=True)))
    cluster.start()
    taken = [reporter.answers[200] for reporter in reporters]
    wait(lambda: all(r.answers[200] > n + 20 for r, n in zip(reporters, taken, strict=True)))


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_no_acknowledged_event_is_lost_while_postgresql_restarts(
    cluster: Cluster, url: str, server: Server, tell: Callable[[str], None]
) -> None:
    reporters = [Reporter(server.url, keeps=bool(each % 2)) for each in range(4)]
    reader = Reader(server.url)
    with reporting(reporters), reading(reader):
        for mode in STOPS:
            restart(cluster, reporters, mode)
    assert [reporter.unanswered for reporter in reporters] == [[]] * len(reporters)
    events = sum((reporter.answers for reporter in reporters), Counter())
    assert set(events) == {200, 503}
    assert set(reader.answers) == {200, 503}
    assert [lost(server.url, reporter) for reporter in reporters] == [set()] * len(reporters)
    assert contradictions(url) == []
    assert "Traceback" not in server.output.read_text()
    tell(
        f"{len(STOPS)} restarts, {events[200]} events acknowledged, 0 lost, "
        f"{events[503]} answered with 503"
    )


def test_a_connection_that_is_lost_after_the_last_question_spoils_no_page(
    postgres_url: str,
) -> None:
    for app in serve(Settings(db_url=postgres_url)):

        @app.after_request
        def lose_connection(response: Response) -> Response:
            reading = reads_with().connection.dbapi_connection
            end = "SELECT pg_terminate_backend(%s, 5000)"
            with psycopg.connect(postgres_url.replace("+psycopg", "")) as another:
                assert another.execute(end, [reading.info.backend_pid]).fetchone() == (True,)
            return response

        client = app.test_client()
        assert [client.get("/workflows/").status_code for _ in range(3)] == [200] * 3


def test_a_postgresql_that_takes_a_connection_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = database_url(f"postgresql://panoptes@127.0.0.1:{mute.getsockname()[1]}/panoptes")
        engine = create_engine(url, **engine_options(url))
        with pytest.raises(OperationalError, match="timeout"):
            engine.connect()


def test_a_real_snakemake_goes_on_while_postgresql_restarts(
    cluster: Cluster, server: Server, tmp_path: Path
) -> None:
    """8.30, which any 500 would end."""
    [client] = [client for client in read_clients() if client.name == "snakemake-8.30"]
    if not client.is_installed(FOLDER):
        pytest.skip(f"{client.name} {MISSING}")
    snakemake = Snakemake(client, server, tmp_path)
    with ThreadPoolExecutor() as pool:
        ending = pool.submit(
            snakemake.call, name="through", folder=tmp_path / "through", config=SLOWLY
        )
        wait(lambda: snakemake.workflow("through") is not None)
        restarts = 0
        while not ending.done():
            cluster.stop("immediate")
            cluster.start()
            restarts += 1
            time.sleep(0.5)
    assert restarts >= 3
    assert ending.result().returncode == 0, ending.result().stdout
    assert "503" in ending.result().stdout
