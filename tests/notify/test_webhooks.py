"""JSON that is posted to web addresses, and how receivers verify that it is ours."""

import json
import re
import socket
import threading
import time as real_time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from panoptes.notify.webhooks import send, signature
from tests.conftest import Clock
from tests.notify.conftest import SECRET
from tests.receiver import Receiver, running_receiver

PAYLOAD = {"id": "1f0c", "event": "done", "title": "✓ nightly: done", "workflow": {"id": 1}}
DOCS = Path(__file__).parents[2] / "docs/notifications.md"


@pytest.fixture
def is_ours() -> Callable[..., bool]:
    """The function that the documents give to receivers, with a library that isn't ours."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # Word for word.
    found: Callable[..., bool] = names["is_from_panoptes"]
    return found


def test_an_event_comes_as_json_with_its_id(receiver: Receiver) -> None:
    assert send(receiver.url, PAYLOAD, SECRET) is None
    (came,) = receiver.received
    assert json.loads(came.body) == PAYLOAD
    assert came.path == "/hook"
    assert came.headers["Content-Type"] == "application/json"
    assert came.headers["Webhook-Id"] == "1f0c"
    assert came.headers["User-Agent"].startswith("panoptes/")


@pytest.mark.parametrize(
    ("secret", "made"),
    [
        # printf '1f0c.1700000000.{"a": 1}' | openssl dgst -sha256 -binary
        #   -hmac secret | openssl base64
        ("secret", "v1,/v/35gCDYhcZpHdacb40oukQs8LKd3YkNp99mQs18Z0="),
        #   -mac hmac -macopt hexkey:000102…1f | openssl base64
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "v1,uE7gkU9SRxDaRDUfrDdbfYJ5rGUgWun8pLSsrSYdJ9M=",
        ),
    ],
)
def test_the_signature_is_that_of_a_known_case(secret: str, made: str) -> None:
    assert signature(secret, "1f0c", 1700000000, b'{"a": 1}') == made


@pytest.mark.parametrize("secret", [SECRET, f"whsec_{b64encode(bytes(range(24))).decode()}"])
def test_the_documented_receiver_takes_what_is_ours_and_nothing_else(
    receiver: Receiver, is_ours: Callable[..., bool], secret: str
) -> None:
    send(receiver.url, PAYLOAD, secret)
    (came,) = receiver.received
    assert is_ours(secret, came.headers, came.body)
    assert not is_ours("another secret", came.headers, came.body)
    assert not is_ours(secret, came.headers, came.body + b" ")
    assert not is_ours(secret, {**came.headers, "Webhook-Id": "another"}, came.body)
    old = int(real_time.time()) - 3600
    signed = signature(secret, "1f0c", old, came.body)
    stale = {"Webhook-Timestamp": str(old), "Webhook-Signature": signed}
    assert not is_ours(secret, {**came.headers, **stale}, came.body), "Overheard, and sent again."
    assert not is_ours(secret, {}, came.body)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_any_other_answer_than_yes_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert send(receiver.url, PAYLOAD, SECRET) == f"the receiver answered {status}"
    assert len(receiver.received) == 1, "Nothing is sent to where a redirect leads."


def test_nobody_there_is_told_without_the_address() -> None:
    with running_receiver() as gone:
        pass
    assert send(f"{gone.url}?key=sesame", PAYLOAD, SECRET) == "Connection refused"
    for host in ("nowhere.invalid", "a..b", "x" * 64):
        reason = send(f"http://{host}/sesame", PAYLOAD, SECRET)
        assert reason
        assert "sesame" not in reason


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panoptes.notify.webhooks.PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/sesame"
        assert send(address, PAYLOAD, SECRET) == "no answer within 0.1 s"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "BadStatusLine"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "EndlessAnswer"),
        (b"HTTP/1.1 " + b"2" * 65536, "LineTooLong"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200, "HTTPException"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + b"\x1f\x8b" * 4096, None),
    ],
    ids=["no HTTP", "never final", "long line", "many headers", "never ends"],
)
def test_whatever_one_sends_without_end_is_read_to_no_end(
    answer: bytes, reason: str | None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as strange:

        def send_for_ever() -> None:
            client, _ = strange.accept()
            with client, suppress(OSError):
                client.recv(65536)
                while True:
                    client.sendall(answer)

        thread = threading.Thread(target=send_for_ever)
        thread.start()
        url = f"http://127.0.0.1:{strange.getsockname()[1]}/"
        assert send(url, PAYLOAD, SECRET) == reason
        thread.join()


def test_one_that_is_sent_again_has_its_id_and_the_time_of_then(
    receiver: Receiver, time: Clock
) -> None:
    """So a receiver can refuse what was overheard, and skip what it has."""
    for _ in range(2):
        send(receiver.url, PAYLOAD, SECRET)
        time.move(hours=6)
    first, again = (came.headers for came in receiver.received)
    assert first["Webhook-Id"] == again["Webhook-Id"]
    assert int(again["Webhook-Timestamp"]) - int(first["Webhook-Timestamp"]) == 6 * 3600
    body, sent = receiver.received[1].body, int(again["Webhook-Timestamp"])
    assert again["Webhook-Signature"] == signature(SECRET, "1f0c", sent, body)
