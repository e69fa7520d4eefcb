"""`panoptes notify test` says who got its message."""

import json
from collections.abc import Iterator

import pytest

from panoptes.cli.main import main
from tests.receiver import Receiver, running_receiver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    for name in ("NOTIFY", "WEBHOOK", "WEBHOOK_SECRET"):
        monkeypatch.delenv(f"PANOPTES_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_receiver() as running:
        yield running


def test_each_address_gets_a_message_and_is_said_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PANOPTES_NOTIFY", f"night-*=json://me:sesame@127.0.0.1:{receiver.port}")
    monkeypatch.setenv("PANOPTES_WEBHOOK_SECRET", "a secret of sixteen")
    assert main(["notify", "test", "--webhook", receiver.url]) == 0
    hook_shown = f"http://127.0.0.1:{receiver.port}/…"
    assert capsys.readouterr().out == f"1  night-*=json://…  sent\n2  {hook_shown}  sent\n"
    chat, hook = (json.loads(each.body) for each in receiver.received)
    assert chat["title"] == hook["title"] == "panoptes: test"
    assert hook["event"] == "test"


def test_one_that_fails_says_why_and_the_others_are_sent(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_receiver() as gone:
        pass
    monkeypatch.setenv("PANOPTES_WEBHOOK_SECRET", "a secret of sixteen")
    hooks = ["--webhook", f"{gone.url}/sesame", "--webhook", receiver.url]
    assert main(["notify", "test", *hooks]) == 1
    assert capsys.readouterr().out == (
        f"1  http://127.0.0.1:{gone.port}/…  failed: Connection refused\n"
        f"2  http://127.0.0.1:{receiver.port}/…  sent\n"
    )


def test_without_an_address_it_says_how_to_name_one(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notify", "test"]) == 2
    assert "PANOPTES_NOTIFY, --notify or --webhook" in capsys.readouterr().err


def test_a_bad_address_is_refused_in_one_line(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notify", "test", "--notify", "pigeon://sesame"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("panoptes: PANOPTES_NOTIFY: 'pigeon://…' isn't an address that apprise")
