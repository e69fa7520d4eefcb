"""By which names the server may be asked for."""

import logging
import socket
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.config.settings import Settings
from panoptes.web.guard import hosts
from panoptes.web.guard.hosts import Hosts
from tests.conftest import serve

MACHINE = "node7.cluster.example"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with a name of its own, and one more that the name server knows."""
    names = ("monitor.cluster.example", ["mon"], ["192.0.2.7", "192.0.2.8"])

    def of_address(address: str) -> tuple[str, list[str], list[str]]:
        if address == "192.0.2.8":
            raise OSError("unknown")
        return "backbone7.example", [], [address]

    monkeypatch.setattr(socket, "gethostname", lambda: "node7")
    monkeypatch.setattr(socket, "getfqdn", lambda: MACHINE)
    monkeypatch.setattr(socket, "gethostbyname_ex", lambda _name: names)
    monkeypatch.setattr(socket, "gethostbyaddr", of_address)
    hosts.machine_names.cache_clear()
    yield
    hosts.machine_names.cache_clear()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:5000",
        "panoptes.localhost:5000",
        "127.0.0.1:5000",
        "[::1]:5000",
        "192.0.2.1",
        "node7:5000",
        "node7.local:5000",
        f"{MACHINE}:5000",
        f"{MACHINE}.",
        "panoptes.example",
        "Panoptes.Example:443",
    ],
)
def test_a_server_knows_addresses_its_machine_and_the_names_it_was_given(host: str) -> None:
    assert Hosts("127.0.0.1", ["panoptes.example"]).knows(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5000",
        "localhost.evil.example",
        "panoptes.example.evil.example",
        "sub.panoptes.example",
        "127.0.0.1.evil.example",
        "127.0.0.1:5000@evil.example",
        "evil.example:80:5000",
        "monitor.cluster.example",
        "[::1].evil.example",
        "localhost, evil.example",
        "\x00",
    ],
)
def test_a_server_knows_no_other_name(host: str) -> None:
    assert not Hosts("127.0.0.1", ["panoptes.example"]).knows(host)


def test_the_name_it_listens_on_is_known() -> None:
    assert Hosts("Here.example", []).knows("here.example:5000")


@pytest.mark.parametrize("name", ["monitor.cluster.example", "mon", "backbone7.example"])
def test_on_all_networks_every_name_of_the_machine_is_known(name: str) -> None:
    assert Hosts("0.0.0.0", []).knows(name)
    assert not Hosts("192.0.2.7", []).knows(name)


def test_a_machine_without_an_address_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> None:
        raise OSError("no address")

    monkeypatch.setattr(socket, "gethostbyname_ex", fail)
    assert Hosts("::", []).knows("node7")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/workflows"),
        ("GET", "/api/service-info"),
        ("GET", "/create_workflow"),
        ("PUT", "/api/workflow/1"),
        ("DELETE", "/api/workflows/all"),
        ("POST", "/update_workflow_status"),
    ],
)
def test_a_request_for_another_name_is_refused_and_told_what_to_set(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers={"Host": "evil.example:5000"})
    assert answer.status_code == 421, "No engine ends its pipeline for this."
    assert "--allowed-host evil.example" in answer.text
    assert client.get("/api/workflows").get_json()["count"] == 0


def test_the_page_that_refuses_has_its_looks(client: FlaskClient) -> None:
    asked = {"Host": "evil.example"}
    answer = client.get("/static/css/panoptes.css", headers=asked, buffered=True)
    assert answer.status_code == 200


def test_a_name_that_is_no_name_is_shown_as_text(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "<script>alert(1)</script>"})
    assert answer.status_code == 421
    assert "<script>alert" not in answer.text


def test_who_names_no_host_is_no_browser(app: Flask) -> None:
    answer = app.test_client().get("/api/workflows", environ_overrides={"HTTP_HOST": ""})
    assert answer.status_code == 200


def test_the_setting_makes_a_name_known(sqlite_url: str) -> None:
    for app in serve(Settings(db_url=sqlite_url, allowed_host=("panoptes.example",))):
        asked = {"Host": "panoptes.example"}
        assert app.test_client().get("/api/workflows", headers=asked).status_code == 200


def test_the_log_names_what_was_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hosts, "log", RateLimitedLog(logging.getLogger("panoptes.web.guard.hosts")))
    for _ in range(3):
        client.get("/api/service-info", headers={"Host": "mon\x1b2"})
    (line,) = caplog.messages
    assert "'mon\\x1b2'" in line
    assert "--allowed-host" in line
