"""Writers on one SQLite file: each one's work is done whole, whoever does it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from panoptes.common.errors import Unavailable
from panoptes.database import writer as writers
from panoptes.database.connections import WRITING, own_transactions
from panoptes.database.writer import SqliteWriter

PATIENCE = 30.0
THREADS = 12


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    made = create_engine(sqlite_url, execution_options={WRITING: True})
    own_transactions(made)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
    yield made
    made.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[SqliteWriter]:
    made = SqliteWriter(engine)
    yield made
    made.close()


def keep(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})
        return number

    return work


def kept(engine: Engine) -> set[int]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT number FROM numbers")))


def together(writer: SqliteWriter, all_work: list[Callable[[Connection], Any]]) -> list[Any]:
    """Do all work in one go: it queues up behind a writer that takes its time."""
    with ThreadPoolExecutor(len(all_work)) as pool:
        with writer.writing():
            futures = [pool.submit(writer.run, work) for work in all_work]
            deadline = time.monotonic() + PATIENCE
            while len(writer._waiting) < len(all_work):
                assert time.monotonic() < deadline
                time.sleep(0.001)
        return [future.exception() or future.result() for future in futures]


def test_each_gets_the_result_of_its_own_work(writer: SqliteWriter, engine: Engine) -> None:
    assert together(writer, [keep(number) for number in range(THREADS)]) == list(range(THREADS))
    assert kept(engine) == set(range(THREADS))


def test_those_who_wait_share_a_transaction(writer: SqliteWriter) -> None:
    begun = []

    def work(connection: Connection) -> None:
        begun.append(connection.get_transaction())

    together(writer, [work] * THREADS)
    assert len(set(begun)) == 1


def test_a_mistake_harms_nobody_else(writer: SqliteWriter, engine: Engine) -> None:
    def mistake(connection: Connection) -> None:
        keep(99)(connection)
        raise RuntimeError("a bug")

    results = together(writer, [keep(1), keep(2), mistake, keep(3)])
    assert (results[0], results[1], results[3]) == (1, 2, 3)
    assert isinstance(results[2], RuntimeError)
    assert kept(engine) == {1, 2, 3}


def test_many_threads_lose_nothing(writer: SqliteWriter, engine: Engine) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: writer.run(keep(number)), range(500)))
    assert kept(engine) == set(range(500))


def test_who_waits_too_long_is_told_so_and_nothing_is_done_later(
    writer: SqliteWriter, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "WRITER_PATIENCE", 0.05)
    with writer.writing(), pytest.raises(Unavailable):
        _in_thread(lambda: writer.run(keep(1)))
    writer.run(keep(2))
    assert kept(engine) == {2}


def test_all_who_wait_are_told_when_another_process_holds_the_file(
    writer: SqliteWriter, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.connect() as other, other.begin():
        writer._engine = create_engine(engine.url, execution_options={WRITING: True})
        own_transactions(writer._engine, ("busy_timeout = 50",))
        with ThreadPoolExecutor(3) as pool:
            found = [
                future.exception()
                for future in [pool.submit(writer.run, keep(n)) for n in (1, 2, 3)]
            ]
    assert [type(each) for each in found] == [Unavailable] * 3
    assert writer.run(keep(4)) == 4
    writer.close()
    writer._engine.dispose()


def _in_thread(work: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
