"""The lines of `--verbose`, in which strangers choose words."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from panoptes.server.access_log import MOST_LETTERS, logged


@pytest.fixture
def client(caplog: pytest.LogCaptureFixture) -> Client:
    caplog.set_level("INFO", "panoptes.requests")
    return Client(logged(Response("fine")))


@pytest.mark.parametrize("forged", ["::1 GET / 200 0.1 ms\n::1", "1.2.3.4\x1b[2J", "a b", "a\x85b"])
def test_a_line_is_one_line_of_six_words_whatever_a_proxy_passes_on(
    client: Client, caplog: pytest.LogCaptureFixture, forged: str
) -> None:
    client.get("/x", environ_overrides={"REMOTE_ADDR": forged})
    known = {"REMOTE_ADDR": "::1"}
    client.get("/x", environ_overrides={**known, "PATH_INFO": f"/{forged}"})
    client.open("/x", environ_overrides={**known, "REQUEST_METHOD": forged})
    assert len(caplog.messages) == 3
    for line in caplog.messages:
        assert len(line.split()) == 6
        assert line.isprintable()
        assert line.isascii()


def test_a_long_address_is_cut(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/" + "x" * 100_000)
    assert len(caplog.messages[0]) < MOST_LETTERS + 100
