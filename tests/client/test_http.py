"""How a client reaches its server, and what it says where that doesn't work."""

import socket
from contextlib import suppress
from threading import Thread

import pytest

from panoptes.client import Client, ClientError, NotFound, Refused, Unauthorized, Unreachable, http
from panoptes.client.errors import (
    BadAddress,
    BadToken,
    NotPanoptes,
    Redirected,
    Unavailable,
)
from tests.client.answering import answering

EMPTY = '{"workflows": [], "count": 0}'


@pytest.mark.parametrize(
    ("given", "url", "token"),
    [
        ("localhost:5000", "http://localhost:5000", ""),
        ("https://lab.example/panoptes/", "https://lab.example/panoptes", ""),
        ("http://me:a%40b@host:5000", "http://host:5000", "a@b"),
        ("http://[::1]:5000", "http://[::1]:5000", ""),
    ],
)
def test_an_address_is_read_as_people_write_it(given: str, url: str, token: str) -> None:
    client = Client(given)
    assert (client.url, client.token) == (url, token)


@pytest.mark.parametrize(
    "url",
    ["ftp://host", "file:///etc/passwd", "http://", "http://host:x", "http://ho st", "http://a\nb",
     "http://[::1", "http://host:99999"],
)  # fmt: skip
def test_an_address_has_to_be_one(url: str) -> None:
    with pytest.raises(BadAddress, match="is not the address of a server"):
        Client(url)


def test_what_stands_before_a_bad_address_is_not_repeated() -> None:
    with pytest.raises(BadAddress) as refused:
        Client("ftp://me:s3cret@host")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("token", ["a\nb", "ü", "\x1b"])
def test_a_token_that_can_t_be_one_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        Client(token=token)


def test_a_token_that_is_given_comes_before_the_one_in_the_address() -> None:
    with answering(200, EMPTY) as (url, asked):
        address = url.replace("://", "://me:first@")
        Client(address).workflows()
        Client(address, token="second").workflows()
    assert [request.rpartition(" ")[2] for request in asked] == ["first", "second"]


def test_a_token_isn_t_sent_on_to_where_an_address_leads() -> None:
    with (
        answering(200, EMPTY) as (elsewhere, asked),
        answering(302, Location=elsewhere) as (url, _),
        pytest.raises(Redirected, match=f"{url} redirects to {elsewhere}"),
    ):
        Client(url, token="s3cret").workflows()
    assert asked == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, '{"msg": "No."}', Unauthorized),
        (403, '{"msg": "No."}', Refused),
        (404, '{"msg": "No."}', NotFound),
        (404, "<html>", NotPanoptes),
        (500, '"x"', NotPanoptes),
        (429, '{"msg": "Later."}', Unavailable),
        (502, "<html>Bad Gateway", Unavailable),
        (503, '{"msg": "Later."}', Unavailable),
    ],
)
def test_a_refusal_is_an_error_of_its_own_kind(
    status: int, body: str, error: type[ClientError]
) -> None:
    with answering(status, body) as (url, _), pytest.raises(ClientError) as refused:
        Client(url).workflows()
    assert type(refused.value) is error
    assert getattr(refused.value, "status", status) == status


@pytest.mark.parametrize(
    "body",
    ["<html>hello", "[]", "{}", "7", "null", '{"workflows": [{"id": "x"}], "count": 1}',
     '{"workflows": 3, "count": 1}', '{"workflows": [], "count": null}', "[" * 100_000],
)  # fmt: skip
def test_something_else_is_told_from_a_panoptes(body: str) -> None:
    with answering(200, body) as (url, _), pytest.raises(NotPanoptes):
        Client(url).workflows()


def test_no_server_is_unreachable() -> None:
    with answering(200) as (url, _):
        pass
    with pytest.raises(Unreachable, match=rf"No panoptes answers at {url} \(Connection refused\)"):
        Client(url).service_info()


def test_an_answer_that_takes_too_long_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(f"127.0.0.1:{silent.getsockname()[1]}", timeout=0.1)
        with pytest.raises(Unreachable, match="timed out"):
            client.service_info()


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("MAX_ANSWER", 2**20, "more than 1 MB"), ("MOST_SECONDS", 0, "timed out")],
)
def test_an_answer_that_never_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch, status: int, name: str, value: float, reason: str
) -> None:
    monkeypatch.setattr(http, name, value)
    with socket.create_server(("127.0.0.1", 0)) as endless:

        def answer() -> None:
            connection, _ = endless.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.0 %d x\r\n\r\n" % status)
                while True:
                    connection.sendall(b" " * 10_000)

        thread = Thread(target=answer)
        thread.start()
        expected = (Unreachable, reason) if status == 200 else (NotPanoptes, "not panoptes")
        with pytest.raises(expected[0], match=expected[1]):
            Client(f"127.0.0.1:{endless.getsockname()[1]}").service_info()
        thread.join()


def test_this_machine_is_reached_past_the_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with answering(200, EMPTY) as (url, _):
        assert Client(url).workflows().count == 0


def test_other_machines_are_reached_by_the_proxies_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with answering(200, EMPTY) as (proxy, asked):
        monkeypatch.setenv("http_proxy", proxy)
        Client("http://lab.example:5000").workflows()
    assert asked[0].startswith("http://lab.example:5000/api/workflows?")
