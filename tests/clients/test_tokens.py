"""Real Snakemakes and a server that wants tokens: let in, refused, and never cut off."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from devtools.running import Server, running_server
from tests.clients.conftest import Snakemake
from tests.clients.test_runs import wait_for_workflow
from tests.tokens import token_command

TARGET = "results/trimmed/alpha.txt"
JOBS = 2
WAYS = ("environment", "address")


@dataclass(frozen=True)
class Guarded:
    """A server with tokens, which are made and revoked as people do it."""

    server: Server
    folder: Path

    def token(self, *words: str) -> str:
        """Run `panoptes token` and return its output."""
        return token_command(self.folder, *words)

    def holds(self, secret: str) -> bool:
        """Return whether a secret stands anywhere in what the server keeps or says."""
        files = [path for path in self.folder.iterdir() if path.is_file()]
        return any(secret.encode() in path.read_bytes() for path in files)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with running_server(folder, "--verbose") as server:
        made = Guarded(server, folder)
        yield replace(made, server=replace(server, token=made.token("add", "me", "--role=admin")))


@pytest.fixture
def client(snakemake: Snakemake, guarded: Guarded) -> Snakemake:
    """A Snakemake that reports to the server with tokens."""
    return replace(snakemake, server=guarded.server)


def given(client: Snakemake, way: str, secret: str) -> dict[str, str]:
    """Return how a client is told its token."""
    if way == "environment":
        return {"token": secret}
    return {"url": client.server.url.replace("://", f"://me:{secret}@")}


def ways(client: Snakemake) -> tuple[str, ...]:
    """The plugin of Snakemake 9 reads no token from the environment."""
    return WAYS[1:] if client.has_plugin else WAYS


def test_a_run_with_a_token_is_recorded_as_its_owner_s(
    client: Snakemake, guarded: Guarded, tmp_path: Path
) -> None:
    for way in ways(client):
        owner = f"{client.client.name} by {way}"
        secret = guarded.token("add", owner)
        ended = client.run(TARGET, name=owner, folder=tmp_path / way, **given(client, way, secret))
        assert ended.code == 0, ended.output
        assert (ended.status, ended.counts) == ("Done", (JOBS, JOBS))
        assert ended.workflow is not None
        assert ended.workflow["owner"] == owner
        assert not guarded.holds(secret), "Its address is part of the command that is reported."


@pytest.mark.parametrize("secret", ["", "a-wrong-one"])
def test_a_run_without_a_valid_token_is_refused_before_it_runs(
    client: Snakemake, guarded: Guarded, tmp_path: Path, secret: str
) -> None:
    way = ways(client)[0]
    name = f"{client.client.name} with '{secret}'"
    ended = client.run(TARGET, name=name, folder=tmp_path, **given(client, way, secret))
    assert ended.workflow is None
    if client.has_plugin:
        # It goes on, unseen.
        assert ended.code == 0, ended.output
        assert "could not register workflow: 401" in ended.output
    else:
        assert ended.code == 255, ended.output
        assert "Authorization is required with a WMS_MONITOR_TOKEN in the env" in ended.output
        assert not (tmp_path / TARGET).exists()


def test_a_token_that_may_only_look_is_told_so(
    client: Snakemake, guarded: Guarded, tmp_path: Path
) -> None:
    name = f"{client.client.name} to look"
    secret = guarded.token("add", name, "--role=view")
    way = ways(client)[0]
    ended = client.run(TARGET, name=name, folder=tmp_path, **given(client, way, secret))
    assert ended.workflow is None
    if client.has_plugin:
        assert ended.code == 0, ended.output
    else:
        assert ended.code == 255, ended.output
        assert "Permission is denied to /create_workflow" in ended.output


def test_a_run_whose_token_is_revoked_is_recorded_to_its_end(
    client: Snakemake, guarded: Guarded, tmp_path: Path
) -> None:
    name = f"{client.client.name} revoked"
    secret = guarded.token("add", name)
    how = given(client, ways(client)[0], secret)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(client.run, TARGET, name=name, folder=tmp_path, config="pace=4", **how)
        wait_for_workflow(client, name)
        guarded.token("revoke", name)
        time.sleep(1.1)  # By then every process of the server knows it.
        assert not ending.done()
        ended = ending.result()
    assert ended.code == 0, ended.output
    assert (ended.status, ended.counts) == ("Done", (JOBS, JOBS))
    again = client.run(TARGET, "--forceall", name=f"{name} again", folder=tmp_path, **how)
    assert again.workflow is None


def test_a_run_that_began_before_there_were_tokens_goes_on(
    snakemake: Snakemake, tmp_path: Path
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as server, ThreadPoolExecutor(1) as pool:
        client = replace(snakemake, server=server)
        how = {"name": "early", "folder": tmp_path, "config": "pace=4"}
        ending = pool.submit(client.call, TARGET, **how)
        wait_for_workflow(client, "early")
        secret = Guarded(server, folder).token("add", "me", "--role=admin")
        ended = ending.result()
        workflow = replace(client, server=replace(server, token=secret)).workflow("early")
    assert ended.returncode == 0, ended.stdout
    assert workflow is not None
    assert (workflow["status"], workflow["owner"]) == ("Done", None)
