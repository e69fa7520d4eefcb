"""How the commands find their server, and what they say when that doesn't work."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from devtools.running import ROOT, Server, clean_environment, running_server
from tests.cli.conftest import COMMAND, Command
from tests.client.answering import answering

# --- tokens ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants a token."""
    folder = tmp_path_factory.mktemp("guarded")
    made = subprocess.run(
        [
            *COMMAND,
            "token",
            "add",
            "me",
            "--role=admin",
            f"--db-url=sqlite:///{folder}/panoptes.db",
        ],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    with running_server(folder) as server:
        yield Server(server.url, server.process, server.output, made.stdout.strip())


def test_a_token_is_taken_from_wherever_it_is(
    command: Command, guarded: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = guarded.url.replace("://", f"://me:{guarded.token}@")
    assert command("ls", "--url", address).code == 0
    assert command("ls", "--url", guarded.url, "--token", guarded.token).code == 0
    monkeypatch.setenv("PANOPTES_TOKEN", guarded.token)
    assert command("ls", "--url", guarded.url).code == 0
    monkeypatch.setenv("PANOPTES_TOKEN", "old")
    assert command("ls", "--url", address).code == 0


def test_without_a_token_it_says_what_to_set(command: Command, guarded: Server) -> None:
    said = command("ls", "--url", guarded.url)
    assert (said.code, said.out) == (2, "")
    assert said.err == (
        f"panoptes: {guarded.url} requires a token. Set PANOPTES_TOKEN, or put it into the address:"
        " http://me:TOKEN@HOST.\n"
    )


def test_a_wrong_token_is_called_wrong_and_not_repeated(command: Command, guarded: Server) -> None:
    said = command("ls", "--url", guarded.url.replace("://", "://me:s3cret@"))
    assert said.code == 2
    assert "doesn't accept this token" in said.err
    assert "s3cret" not in said.err


@pytest.mark.parametrize("token", ["a\nb", "ü", "\x1b"])
def test_a_token_that_can_t_be_one_is_refused(command: Command, token: str) -> None:
    assert command("ls", "--token", token).err.startswith("panoptes: The token has characters")


def test_a_token_isn_t_sent_on_to_where_an_address_leads(command: Command) -> None:
    with answering(200, "{}") as (elsewhere, asked), answering(302, Location=elsewhere) as (url, _):
        said = command("ls", "--url", url, "--token", "s3cret")
    assert said.err == (
        f"panoptes: {url} redirects to {elsewhere}. Give that address with PANOPTES_URL or --url.\n"
    )
    assert asked == []


# --- addresses ------------------------------------------------------------------------------------


def test_no_server_is_told_with_what_to_do(command: Command) -> None:
    with answering(200) as (url, _):
        pass
    said = command("ls", "--url", url)
    assert (said.code, said.out) == (5, "")
    assert said.err == (
        f"panoptes: No panoptes answers at {url} (Connection refused). Start one with 'panoptes',"
        " or give its address with PANOPTES_URL or --url.\n"
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>hello"), (404, "<html>"), (200, "[]"), (200, "{}"), (500, '"x"'),
     (200, '{"workflows": [{"id": "x"}], "count": 1}'), (200, '{"workflows": 3, "count": 1}')],
)  # fmt: skip
def test_something_else_is_told_from_a_panoptes(command: Command, status: int, body: str) -> None:
    with answering(status, body) as (url, _):
        said = command("ls", "--url", url)
    assert (said.code, said.out) == (2, "")
    assert "is not panoptes 2. Check PANOPTES_URL or --url." in said.err


def test_a_proxy_whose_server_is_away_is_told_as_that(command: Command) -> None:
    with answering(502, "<html>Bad Gateway") as (url, _):
        assert command("ls", "--url", url).code == 5


def test_what_a_server_says_of_an_error_moves_no_cursor(command: Command) -> None:
    with answering(403, '{"msg": "no\\u001b[31m\\nmore"}') as (url, _):
        assert command("ls", "--url", url).err == "panoptes: no␛[31m␊more\n"


@pytest.mark.parametrize(
    "url",
    ["ftp://host", "file:///etc/passwd", "http://", "http://host:x", "http://ho st", "http://a\nb",
     "http://[::1", "http://host:99999"],
)  # fmt: skip
def test_an_address_has_to_be_one(command: Command, url: str) -> None:
    said = command("ls", "--url", url)
    assert said.code == 2
    assert "is not the address of a server. Give one such as http://127.0.0.1:5000." in said.err


# --- weight ---------------------------------------------------------------------------------------


def test_a_server_s_start_loads_nothing_of_the_terminal() -> None:
    code = "import sys, panoptes.cli.main; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"rich", "urllib.request", "panoptes.client.http"} & set(loaded)


def test_a_command_loads_nothing_of_the_server(environment: dict[str, str]) -> None:
    code = "import sys; from panoptes.cli.main import main; main(['ls']); print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert not {"flask", "sqlalchemy", "waitress"} & loaded
