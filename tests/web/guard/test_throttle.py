"""Guessing tokens is slow."""

import itertools
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.web.guard import throttle
from panoptes.web.guard.throttle import FREE, SECONDS, Throttle
from tests.engine import Engine
from tests.tokens import Tokens, basic, bearer
from tests.web.guard.test_token_cache import Stopwatch
from tests.web.pages.document import Document

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
Try = Callable[[str], TestResponse]
_guesses = itertools.count()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """Seconds that pass when a test says so."""
    made = Stopwatch()
    monkeypatch.setattr(throttle, "time", made)
    return made


def guess(slow: Throttle, count: int) -> None:
    for _ in range(count):
        slow.count(HERE, str(next(_guesses)).encode())


# --- counting -------------------------------------------------------------------------------------


def test_some_wrong_tokens_cost_nothing_and_more_of_them_time(watch: Stopwatch) -> None:
    slow = Throttle()
    guess(slow, FREE - 1)
    assert slow.wait(HERE) == 0
    guess(slow, 1)
    assert slow.wait(HERE) == SECONDS
    watch.now += SECONDS
    assert slow.wait(HERE) == 0
    guess(slow, 1)
    assert slow.wait(HERE) == SECONDS


def test_after_a_quiet_minute_all_is_forgiven(watch: Stopwatch) -> None:
    slow = Throttle()
    guess(slow, FREE)
    watch.now += FREE * SECONDS
    guess(slow, FREE - 1)
    assert slow.wait(HERE) == 0


def test_the_same_wrong_token_again_is_no_guess(watch: Stopwatch) -> None:
    slow = Throttle()
    for _ in range(100):
        slow.count(HERE, b"a script's old one")
    assert slow.wait(HERE) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (HERE, ELSEWHERE, False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
        (None, "not an address", True),
    ],
)
def test_each_address_pays_for_itself(
    watch: Stopwatch, one: str | None, other: str | None, same: bool
) -> None:
    slow = Throttle()
    for number in range(FREE):
        slow.count(one, bytes([number]))
    assert bool(slow.wait(one))
    assert bool(slow.wait(other)) is same


def test_the_memory_of_it_has_a_limit(monkeypatch: pytest.MonkeyPatch, watch: Stopwatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 50)
    slow = Throttle()
    for number in range(500):
        slow.count(f"192.0.{number // 250}.{number % 250}", bytes([number % 250]))
    assert len(slow._paid_at) == len(slow._seen) == 50


# --- what is answered -----------------------------------------------------------------------------


@pytest.fixture
def sign_in(client: FlaskClient, tokens: Tokens) -> Try:
    """Try a token on the page that asks for one."""

    def try_it(secret: str) -> TestResponse:
        mark = Document(client.get("/login")).hidden["csrf_token"]
        return client.post("/login", data={"csrf_token": mark, "token": secret})

    return try_it


def test_signing_in_has_to_wait_after_wrong_tokens(
    tokens: Tokens, sign_in: Try, watch: Stopwatch
) -> None:
    secret = tokens.add("me", "view")
    assert [sign_in(f"guess {number}").status_code for number in range(FREE)] == [401] * FREE
    answer = sign_in(secret)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "6"
    assert "Too many wrong tokens" in answer.text
    watch.now += SECONDS
    assert sign_in(secret).status_code == 303


@pytest.mark.parametrize("send", [bearer, basic])
def test_the_api_has_to_wait_after_wrong_tokens(
    client: FlaskClient, tokens: Tokens, send: type, watch: Stopwatch
) -> None:
    secret = tokens.add("me", "view")
    for number in range(FREE):
        wrong = send(f"guess {number}")
        assert client.get("/api/workflows", headers=wrong).status_code == 401
    answer = client.get("/api/workflows", headers=send(secret))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "6"
    assert answer.get_json()["msg"]
    watch.now += SECONDS
    assert client.get("/api/workflows", headers=send(secret)).status_code == 200


def test_the_guesses_of_others_stop_no_engine_and_no_session(
    client: FlaskClient, tokens: Tokens, sign_in: Try, watch: Stopwatch
) -> None:
    """Many may share an address: a login node, or all who come through a proxy."""
    assert sign_in(tokens.add("me", "view")).status_code == 303
    ci = tokens.headers("ci")
    for number in range(3 * FREE):
        client.get("/api/workflows", headers=bearer(f"guess {number}"))
    engine = Engine(client, headers=ci)
    engine.job(1)
    put = client.put(f"/api/workflow/{engine.id}", json={}, headers=ci)
    assert put.status_code == 200
    assert client.get("/").status_code == 200


def test_a_token_that_was_one_is_no_guess(
    client: FlaskClient, tokens: Tokens, watch: Stopwatch
) -> None:
    tokens.add("other", "view")
    for number in range(2 * FREE):
        gone = tokens.headers(f"gone {number}", "view")
        tokens.revoke(f"gone {number}")
        assert client.get("/api/workflows", headers=gone).status_code == 401
