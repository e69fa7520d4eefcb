"""What is known of tokens without asking the database each time."""

import pytest
from flask import Flask
from sqlalchemy import event

from panoptes.database.connections import sql_engine
from panoptes.models.token import MAX_SECRET
from panoptes.web.guard import token_cache
from panoptes.web.guard.token_cache import TokenCache
from tests.tokens import Tokens


class Stopwatch:
    """The seconds by which what was read grows old."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Stopwatch:
    """Seconds that pass when a test says so."""
    made = Stopwatch()
    monkeypatch.setattr(token_cache, "time", made)
    return made


@pytest.fixture
def known(app: Flask) -> TokenCache:
    """A cache that has read nothing yet."""
    with app.app_context():
        return TokenCache(sql_engine())


@pytest.fixture
def queries(app: Flask) -> list[str]:
    """What the database is asked about tokens."""
    asked: list[str] = []
    with app.app_context():
        engine = sql_engine()

    @event.listens_for(engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        if "FROM tokens" in str(arguments[2]):
            asked.append(str(arguments[2]))

    return asked


def test_any_number_of_requests_asks_the_database_once_a_second(
    app: Flask, known: TokenCache, watch: Stopwatch, queries: list[str]
) -> None:
    secret = Tokens(app).add("me")
    for _ in range(10):
        assert known.is_used()
        assert known.of_secret(secret)
    assert len(queries) == 1
    watch.now += 1.01
    known.of_secret(secret)
    assert len(queries) == 2


def test_guessing_asks_the_database_no_more_than_ten_times_a_second(
    app: Flask, known: TokenCache, watch: Stopwatch, queries: list[str]
) -> None:
    Tokens(app).add("me")
    for guess in range(100):
        watch.now += 0.01
        assert known.of_secret(f"guess {guess}") is None
    assert len(queries) <= 11


def test_a_revoked_token_is_known_as_such_after_a_second(
    app: Flask, known: TokenCache, watch: Stopwatch
) -> None:
    tokens = Tokens(app)
    secret = tokens.add("me")
    assert known.of_secret(secret)
    tokens.revoke("me")
    watch.now += 1.01
    found = known.of_secret(secret)
    assert found is not None
    assert found.revoked_at is not None
    assert not known.is_used()


def test_a_new_token_is_known_at_once_or_nearly(
    app: Flask, known: TokenCache, watch: Stopwatch
) -> None:
    assert known.of_secret("none yet") is None
    secret = Tokens(app).add("me")
    watch.now += 0.11
    assert known.of_secret(secret) is not None


def test_a_text_that_is_no_secret_is_not_even_looked_up(
    known: TokenCache, queries: list[str]
) -> None:
    assert known.of_secret("x" * (MAX_SECRET + 1)) is None
    assert queries == []


def test_what_is_kept_of_a_token_does_not_open_anything(app: Flask, known: TokenCache) -> None:
    secret = Tokens(app).add("me")
    token = known.of_secret(secret)
    assert token is not None
    assert secret.encode() not in token.digest
    assert known.of_secret(token.digest.hex()) is None
