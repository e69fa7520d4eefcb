"""JSON that is sent to web developers, and how they know that it is ours."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from panoptes.notify.webhooks import send, signature
from tests.notify.conftest import SECRET
from tests.receiver import Receiver, running_receiver

FACTS = {"id": "1f0c", "event": "done", "title": "✓ nightly: done", "workflow": {"id": 1}}
DOCS = Path(__file__).parents[2] / "docs/notifications.md"


@pytest.fixture
def is_ours() -> Callable[..., bool]:
    """The function that the documents give to receivers."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # Word for word.
    found: Callable[..., bool] = names["is_from_panoptes"]
    return found


def test_what_is_told_comes_as_json_with_its_kind_and_id(receiver: Receiver) -> None:
    assert send(receiver.url, FACTS, SECRET) is None
    (came,) = receiver.received
    assert json.loads(came.body) == FACTS
    assert came.path == "/hook"
    assert came.headers["Content-Type"] == "application/json"
    assert came.headers["X-Panoptes-Event"] == "done"
    assert came.headers["X-Panoptes-Id"] == "1f0c"
    assert came.headers["User-Agent"].startswith("panoptes/")


def test_the_signature_is_that_of_a_known_case() -> None:
    made = signature("secret", "1700000000", b'{"a": 1}')
    # printf '1700000000.{"a": 1}' | openssl dgst -sha256 -hmac secret
    assert made == "sha256=942c6f7e34ef5c448cbbbf79276da392036d59f0bd9fb74ba14eb8e83e2bb6cd"


def test_the_documented_receiver_takes_what_is_ours_and_nothing_else(
    receiver: Receiver, is_ours: Callable[..., bool]
) -> None:
    send(receiver.url, FACTS, SECRET)
    (came,) = receiver.received
    assert is_ours(SECRET, came.headers, came.body)
    assert not is_ours("another secret", came.headers, came.body)
    assert not is_ours(SECRET, came.headers, came.body + b" ")
    old = str(int(time.time()) - 3600)
    stale = {"X-Panoptes-Timestamp": old, "X-Panoptes-Signature": signature(SECRET, old, came.body)}
    assert not is_ours(SECRET, stale, came.body), "Somebody sends again what he overheard."
    assert not is_ours(SECRET, {}, came.body)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500])
def test_any_other_answer_than_yes_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert send(receiver.url, FACTS, SECRET) == f"the receiver answered {status}"
    assert len(receiver.received) == 1, "Nothing is sent to where a redirect leads."


def test_nobody_there_is_told_without_the_address() -> None:
    with running_receiver() as gone:
        pass
    assert send(f"{gone.url}?key=sesame", FACTS, SECRET) == "Connection refused"
    for host in ("nowhere.invalid", "a..b", "x" * 64):
        reason = send(f"http://{host}/sesame", FACTS, SECRET)
        assert reason
        assert "sesame" not in reason


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panoptes.notify.webhooks.PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/sesame"
        assert send(address, FACTS, SECRET) == "no answer within 0.1 s"


def test_one_that_speaks_no_http_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as strange:

        def answer() -> None:
            client, _ = strange.accept()
            with client:
                client.recv(65536)
                client.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert send(f"http://127.0.0.1:{strange.getsockname()[1]}/", FACTS, SECRET)
        thread.join()
