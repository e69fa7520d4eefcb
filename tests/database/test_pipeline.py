"""On PostgreSQL, statements whose answer nobody needs wait for one that is needed; none is lost."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import Mock

import psycopg
import pytest
from flask import Flask
from psycopg import DataError, OperationalError
from psycopg.errors import UniqueViolation
from psycopg.pq import ConnStatus
from sqlalchemy import Connection, bindparam, func, select, text

from panoptes.common.errors import Unavailable
from panoptes.config.settings import Settings
from panoptes.database.channel import CHANNEL, Channel
from panoptes.database.connections import sql_engine, writing
from panoptes.database.pipeline import Pipeline
from panoptes.database.prepared import PreparedInsert, PreparedQuestion, PreparedSelect
from panoptes.models import Workflow
from tests.conftest import serve
from tests.engine import Engine


class Name(NamedTuple):
    name: str


INSERT = PreparedInsert(Workflow)
FIND = PreparedSelect(
    select(Workflow.name).where(Workflow.name == bindparam("which")).order_by(Workflow.id), Name
)
BY_NAME = PreparedQuestion(select(Workflow.name).where(Workflow.name == bindparam("which")))
COUNT = select(func.count()).select_from(Workflow)
ROW = {
    **dict.fromkeys(column.name for column in Workflow.__table__.c if column.name != "id"),
    "run": 1,
    "reported": 1,
    "pinned": False,
    "created_at": datetime(2026, 11, 23, tzinfo=timezone.utc),
}


@pytest.fixture
def app(ready_postgres_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An app on PostgreSQL."""
    settings = Settings(db_url=ready_postgres_url, secret_key_file=str(tmp_path / "panoptes.key"))
    for made in serve(settings):
        with made.app_context():
            yield made


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[Pipeline]:
    """The connections that take a turn to the server, each as often as it does."""
    taken: list[Pipeline] = []
    turn = Pipeline._turn

    def counted(pipeline: Pipeline) -> Any:
        taken.append(pipeline)
        return turn(pipeline)

    monkeypatch.setattr(Pipeline, "_turn", counted)
    return taken


def insert(connection: Connection, name: str) -> None:
    INSERT.run(connection, {**ROW, "name": name})


def count() -> int:
    with sql_engine().connect() as connection:
        return connection.scalar(COUNT) or 0


def test_an_event_takes_few_turns(app: Flask, turns: list[Pipeline]) -> None:
    engine = Engine(app.test_client())
    needed = {}
    for name, send in {
        "announced": lambda: engine.job(1, wildcards={"sample": "K7", "chromosome": "chr1"}),
        "command": lambda: engine.send("shellcmd", msg="align K7"),
        "finished": lambda: engine.finished(1),
        "progress": lambda: engine.progress(1, 2),
    }.items():
        turns.clear()
        assert send().status_code == 200
        needed[name] = len(turns)
    # Its run and its job are looked for, a new job gets an id, and then all is written at once.
    assert needed == {"announced": 4, "command": 2, "finished": 3, "progress": 2}


def test_what_is_written_with_others_is_committed_with_them(
    app: Flask, turns: list[Pipeline]
) -> None:
    with writing() as connection:
        insert(connection, "a")
        insert(connection, "b")
    assert (count(), len(turns)) == (2, 1)


def test_other_statements_find_what_was_written_before_them(app: Flask) -> None:
    with writing() as connection:
        insert(connection, "a")
        assert connection.scalar(COUNT) == 1
        with connection.begin_nested():
            insert(connection, "b")
        assert FIND.first(connection, {"which": "b"}) == Name("b")
    assert count() == 2


def fail(*names: str) -> Channel:
    """Insert rows in a transaction that comes to nothing; return what its connection has."""
    with suppress(ZeroDivisionError, UniqueViolation), writing() as connection:
        channel: Channel = connection.info[CHANNEL]
        for name in names:
            insert(connection, name)
        if len(set(names)) == len(names):
            raise ZeroDivisionError
    assert count() == 0
    return channel


@pytest.mark.parametrize("names", ["ab", "abbc"], ids=["given up", "refused"])
def test_what_comes_to_nothing_is_never_written(app: Flask, names: str) -> None:
    channel = fail(*names)
    for number, name in enumerate("abc"):
        with writing() as connection:
            assert connection.info[CHANNEL] is channel
            insert(connection, name)
            assert FIND.first(connection, {"which": name}) == Name(name)
        assert count() == number + 1


def test_a_text_that_postgresql_has_no_letters_for_is_refused_at_once(app: Flask) -> None:
    with pytest.raises(DataError), writing() as connection:
        insert(connection, "a\0b")


def test_what_is_larger_than_any_buffer_goes_there_and_back(app: Flask) -> None:
    large = "ACGT" * 2_000_000
    echo = PreparedSelect(select(bindparam("said", type_=Workflow.name.type).label("name")), Name)
    with writing() as connection:
        assert echo.first(connection, {"said": large}) == Name(large)
        assert echo.first(connection, {"said": "short"}) == Name("short")


CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state = 'idle in transaction'"
)


def insert_when_cut_off(name: str) -> None:
    with writing() as connection:
        FIND.first(connection, {"which": name})
        with sql_engine().connect() as another:
            another.execute(CUT)
        insert(connection, name)
        FIND.first(connection, {"which": name})


@pytest.mark.parametrize("letters", [1, 3_000_000])
def test_what_is_sent_when_the_server_has_cut_the_connection_is_told_to_come_again(
    app: Flask, letters: int
) -> None:
    with pytest.raises(Unavailable):
        insert_when_cut_off("a" * letters)
    assert count() == 0


def test_a_lost_connection_that_says_nothing_more_is_not_asked_for_ever(postgres_url: str) -> None:
    with closing(psycopg.connect(postgres_url.replace("+psycopg", ""))) as driver:
        pipeline = Pipeline(driver)
        pipeline._server = Mock(
            wraps=driver.pgconn,
            status=ConnStatus.BAD,
            socket=driver.pgconn.socket,
            get_result=lambda: None,
        )
        with pytest.raises(OperationalError, match="lost"):
            pipeline.ask_alone("SELECT 1", ())


def test_a_question_by_itself_leaves_no_transaction_open(app: Flask, turns: list[Pipeline]) -> None:
    with writing() as connection:
        insert(connection, "a")
    turns.clear()
    assert BY_NAME.peek(sql_engine(), {"which": "a"}) == ("a",)
    open_ones = text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'")
    with sql_engine().connect() as connection:
        assert connection.scalar(open_ones) == 0
    assert len(turns) == 1


def test_statements_stay_prepared_whatever_else_a_connection_does(app: Flask) -> None:
    names = text("SELECT name FROM pg_prepared_statements")
    with writing() as connection:
        assert FIND.first(connection, {"which": "a"}) is None
    with sql_engine().connect() as connection:
        before = set(connection.scalars(names))
        connection.rollback()
        assert set(connection.scalars(names)) == before != set()
