"""A restart under load: nobody notices but by waiting a moment."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

import pytest

from devtools.install_clients import FOLDER, MISSING, Client
from devtools.running import Server, get, running_server
from tests.clients.conftest import CLIENTS, Run, Snakemake
from tests.clients.test_runs import SIZE
from tests.faults.load import Reporter, lost, reporting
from tests.faults.service import running_service
from tests.tokens import token_command

pytestmark = pytest.mark.slow

RESTARTS = 6
# Seconds in which events are taken before each.
WORK = 0.5
# The one ends when a request fails, the other one's events are lost.
SNAKEMAKES = [client for client in CLIENTS if client.name in ("snakemake-8.30", "snakemake-9")]
PATIENCE = 30
# So that there is time for several restarts.
SLOWLY = "pace=0.7"


@dataclass(frozen=True)
class Restartable:
    """A server that runs, and what restarts it and waits until it is there again."""

    server: Server
    restart: Callable[[], None]


@pytest.fixture
def by_sighup(tmp_path: Path) -> Iterator[Restartable]:
    """The process becomes a new one and keeps its socket."""
    with running_server(tmp_path) as server:
        yield Restartable(server, lambda: server.process.send_signal(signal.SIGHUP))
        assert server.process.poll() is None
    assert server.process.returncode == 0


@pytest.fixture
def by_sigterm(tmp_path: Path, sqlite_url: str) -> Iterator[Restartable]:
    """Another process is started on the socket that systemd keeps."""
    with running_service(tmp_path, sqlite_url) as service:
        get(service.url, "/api/service-info")

        def restart() -> None:
            assert service.stop() == 0
            service.start()

        yield Restartable(Server(service.url, service.process, service.output), restart)


def restart(restartable: Restartable) -> None:
    """Restart it and wait until it is there again."""
    before, deadline = starts(restartable), time.monotonic() + PATIENCE
    restartable.restart()
    while starts(restartable) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def starts(restartable: Restartable) -> int:
    return restartable.server.output.read_text().count(" serves ")


def engines(url: str) -> list[Reporter]:
    """Busy ones and slow ones, half of which keep their connections."""
    pauses = (0, 0, 0.01, 0.15, 0.3)
    return [Reporter(url, keeps=keeps, pause=pause) for keeps in (True, False) for pause in pauses]


def told(reporters: Sequence[Reporter]) -> str:
    """Return the figures of what went well."""
    events = sum(reporter.answers.total() for reporter in reporters)
    unanswered = sum(len(reporter.unanswered) for reporter in reporters)
    return f"{RESTARTS} restarts, {events} events acknowledged, {unanswered} unanswered, 0 lost"


def test_not_one_request_fails_while_the_server_restarts_by_sighup(
    by_sighup: Restartable, tell: Callable[[str], None]
) -> None:
    reporters = engines(by_sighup.server.url)
    with reporting(reporters):
        for _ in range(RESTARTS):
            time.sleep(WORK)
            restart(by_sighup)
    for reporter in reporters:
        assert reporter.unanswered == []
        assert set(reporter.answers) == {200}
        assert lost(by_sighup.server.url, reporter) == set()
    tell(told(reporters))


def test_a_stop_by_sigterm_loses_nothing_and_new_connections_wait_for_the_start(
    by_sigterm: Restartable, tell: Callable[[str], None]
) -> None:
    reporters = engines(by_sigterm.server.url)
    with reporting(reporters):
        for _ in range(RESTARTS):
            time.sleep(WORK)
            restart(by_sigterm)
    for reporter in reporters:
        # Who keeps a connection may ask in the very moment in which it is closed.
        assert reporter.keeps or reporter.unanswered == []
        assert set(reporter.answers) == {200}
        assert lost(by_sigterm.server.url, reporter) == set()
    tell(told(reporters))


def test_a_database_that_was_moved_away_is_neither_made_anew_nor_served_without_tokens(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    database, away = tmp_path / "panoptes.db", tmp_path / "away"
    away.mkdir()
    other = tmp_path_factory.mktemp("other")
    with running_server(other):
        pass
    with running_server(tmp_path) as server:
        token_command(tmp_path, "add", "admin", "--role", "admin")
        while status_of(server) != 401:
            time.sleep(0.01)
        refused = Restartable(server, lambda: server.process.send_signal(signal.SIGHUP))
        files = list(tmp_path.glob("panoptes.db*"))  # What SQLite has beside it, and the key.
        for file in files:
            file.rename(away / file.name)
        asked_in_vain(refused, f"The database {database} is gone")
        assert (status_of(server), database.exists()) == (401, False)
        shutil.copy(other / "panoptes.db", database)
        asked_in_vain(refused, f"{database} is another database, in which there are no tokens")
        assert status_of(server) == 401
        for file in files:
            (away / file.name).replace(file)
        restart(refused)
        assert status_of(server) == 401


def status_of(server: Server) -> int:
    """Return what somebody without a token is answered."""
    try:
        server.get("/api/workflows")
    except HTTPError as error:
        return error.code
    return 200


def asked_in_vain(restartable: Restartable, reason: str) -> None:
    """Ask for a restart that must be refused."""
    before, deadline = starts(restartable), time.monotonic() + PATIENCE
    restartable.restart()
    while f"Not restarted, but served as before: {reason}" not in (
        restartable.server.output.read_text()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert starts(restartable) == before


@pytest.mark.external
@pytest.mark.parametrize("how", ["by_sighup", "by_sigterm"])
def test_real_snakemakes_run_through_restarts_to_their_end(
    request: pytest.FixtureRequest, how: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    restartable: Restartable = request.getfixturevalue(how)
    installed = [client for client in SNAKEMAKES if client.is_installed(FOLDER)]
    if len(installed) < 2:
        pytest.skip(f"at least one of two Snakemakes {MISSING}")
    with ThreadPoolExecutor() as pool:
        ending = [pool.submit(run, client, restartable.server, tmp_path) for client in installed]
        restarts = 0
        while not all(each.done() for each in ending):
            restart(restartable)
            restarts += 1
            time.sleep(1)  # Else each of some 300 events would wait for a restart of its own.
    assert restarts >= 3
    for ended in [each.result() for each in ending]:
        assert ended.code == 0, ended.output
        assert (ended.status, ended.counts) == ("Done", (SIZE, SIZE))
        assert {job["status"] for job in ended.jobs} == {"Done"}
    tell(f"{restarts} restarts under {len(installed)} Snakemakes, which all ended well")


def run(client: Client, server: Server, folder: Path) -> Run:
    name = client.name
    return Snakemake(client, server, folder).run(name=name, folder=folder / name, config=SLOWLY)
