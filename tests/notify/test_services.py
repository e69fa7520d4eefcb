"""Messages through apprise: to a chat that speaks JSON, on this machine."""

import io
import json
import logging
import subprocess
import sys

import pytest

from devtools.running import ROOT
from panoptes.notify.services import problem, send
from tests.receiver import Receiver, running_receiver

FACTS = {
    "event": "error",
    "title": "✗ nightly: ended with an error",
    "text": "Run 1: 1 of 2 done.",
    "url": "https://panoptes.example/workflow/1?run=1",
}


def address(receiver: Receiver, more: str = "") -> str:
    return f"json://127.0.0.1:{receiver.port}/{more}"


def test_a_message_arrives_with_title_text_and_link(receiver: Receiver) -> None:
    assert send(address(receiver), FACTS) is None
    told = json.loads(receiver.received[0].body)
    assert told["title"] == FACTS["title"]
    assert told["message"] == f"{FACTS['text']}\n{FACTS['url']}"
    assert told["type"] == "failure"


def test_without_a_public_address_there_is_no_link(receiver: Receiver) -> None:
    send(address(receiver), {**FACTS, "url": None})
    assert json.loads(receiver.received[0].body)["message"] == FACTS["text"]


def test_a_refusal_is_told_without_the_address(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    receiver.status = 403
    # As a server logs. (caplog also hears loggers that are kept to themselves.)
    heard, root = io.StringIO(), logging.getLogger()
    monkeypatch.setattr(root, "level", logging.INFO)
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler(heard)])
    reason = send(f"json://me:sesame@127.0.0.1:{receiver.port}/opensesame?x=1", FACTS)
    assert reason == "Failed to send JSON POST notification: error=403"
    assert [heard.getvalue(), *capfd.readouterr()] == ["", "", ""]


def test_nobody_there_is_a_failure() -> None:
    with running_receiver() as gone:
        pass
    assert send(address(gone, "sesame"), FACTS)


def test_a_plugin_that_fails_is_a_failure_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bool:
        raise ValueError("of sesame")

    monkeypatch.setattr("apprise.Apprise.notify", fail)
    assert send("json://127.0.0.1:9/sesame", FACTS) == "ValueError"


@pytest.mark.parametrize("url", ["mailto://me:sesame@example.com", "json://x", "discord://a"])
def test_apprise_says_which_addresses_it_knows(url: str) -> None:
    known = not url.startswith("discord")
    assert (problem(url) is None) is known


def test_an_unknown_address_is_a_problem_that_says_where_to_look() -> None:
    assert "https://appriseit.com/" in str(problem("carrier-pigeon://loft"))


def test_without_apprise_the_problem_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panoptes.notify.services.find_spec", lambda _name: None)
    assert problem("json://x") == "needs an extra: pip install 'panoptes-ui[notify]'"


def test_a_start_without_notifications_does_not_load_apprise() -> None:
    code = "import sys, panoptes.cli.main, panoptes.app, panoptes.server.housekeeping;"
    code += "print('apprise' in sys.modules, 'requests' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"
