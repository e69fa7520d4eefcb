"""What is kept of jobs' logs: the end of each, whatever its client sends."""

from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select

from panoptes.common.moment import Moment
from panoptes.database.connections import writing
from panoptes.models import LogText, Run, Workflow, log_text
from panoptes.models.log_text import (
    FollowedLog,
    LogEnd,
    LogName,
    add_log_text,
    followed_logs,
    note_follower,
)
from panoptes.models.workflow import lock_current_run, register

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)
NOTHING = LogEnd("", 0)


# --- how a log grows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "told", "becomes"),
    [
        (NOTHING, (0, "one\n", 4), LogEnd("one\n", 4)),
        (NOTHING, (96, "end\n", 100), LogEnd("end\n", 100)),
        (LogEnd("one\n", 4), (4, "two\n", 8), LogEnd("one\ntwo\n", 8)),
        (LogEnd("end\n", 100), (100, "more\n", 105), LogEnd("end\nmore\n", 105)),
        (LogEnd("end\n", 100), (98, "d\nmore\n", 105), LogEnd("end\nmore\n", 105)),
        # Sent twice, and nothing new.
        (LogEnd("one\ntwo\n", 8), (4, "two\n", 8), LogEnd("one\ntwo\n", 8)),
        (LogEnd("one\n", 4), (4, "", 4), LogEnd("one\n", 4)),
        # What came between was too much.
        (LogEnd("one\n", 4), (50, "late\n", 55), LogEnd("late\n", 55)),
        # The file was begun anew.
        (LogEnd("one\ntwo\n", 8), (0, "new\n", 4), LogEnd("new\n", 4)),
        (LogEnd("one\n", 4), (0, "anew\nlonger\n", 12), LogEnd("anew\nlonger\n", 12)),
        # Of what its client didn't send, nothing counts as there.
        (NOTHING, (0, "one\n", 900), LogEnd("one\n", 4)),
        # Bytes that are no UTF-8 became longer in the text.
        (
            LogEnd("caf\ufffd\n", 5),
            (5, "\ufffd\ufffd\n", 8),
            LogEnd("caf\ufffd\n\ufffd\ufffd\n", 8),
        ),
        # Beginnings and sizes that make no sense.
        (LogEnd("one\n", 4), (900, "x", 2), LogEnd("x", 2)),
    ],
)
def test_a_log_grows_by_what_its_client_sends(
    known: LogEnd, told: tuple[int, str, int], becomes: LogEnd
) -> None:
    assert known.then(*told) == becomes


def test_of_a_long_log_the_end_is_kept_from_a_whole_line_on() -> None:
    lines = "".join(f"line {number}\n" for number in range(20_000))
    end = NOTHING.then(0, lines, len(lines))
    assert end.text.endswith("line 19999\n")
    assert end.text.startswith("line ")
    assert log_text.MAX_BYTES - 20 < len(end.text) <= log_text.MAX_BYTES
    more = end.then(end.size, "é" * 70_000, end.size + 140_000)
    assert more == LogEnd("é" * (log_text.MAX_BYTES // 2), end.size + 140_000)


# --- what is kept ---------------------------------------------------------------------------------


def new_run(connection: Connection) -> int:
    register(connection, None, {"engine": "kitchen"}, Moment(NOW, None))
    return connection.scalar(select(func.max(Run.id))) or 0


def followed(connection: Connection, run_id: int, now: datetime) -> list[FollowedLog]:
    number = connection.scalar(select(Run.workflow_id).where(Run.id == run_id)) or 0
    run = lock_current_run(connection, number)
    return followed_logs(connection, run, now) if run else []


def texts(connection: Connection) -> list[str]:
    return list(connection.scalars(select(LogText.text).order_by(LogText.id)))


def test_each_attempt_and_each_file_of_a_job_has_a_text_of_its_own(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        run = new_run(connection)
        for attempt, path in ((1, "a.log"), (2, "a.log"), (2, "b.log")):
            name = LogName(run, 0, "7", attempt, path)
            add_log_text(connection, name, 0, f"{attempt} {path}\n", 8, NOW)
            add_log_text(connection, name, 8, "end\n", 12, NOW)
        assert texts(connection) == ["1 a.log\nend\n", "2 a.log\nend\n", "2 b.log\nend\n"]


def test_the_logs_of_a_run_are_shortened_where_they_are_too_much_together(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_text, "MOST_OF_RUN", 30_000)
    lines = "".join(f"line {number}\n" for number in range(1000))
    with app.app_context(), writing() as connection:
        other, run = new_run(connection), new_run(connection)
        for number in range(12):
            name = LogName(run if number else other, 0, str(number), 1, "a.log")
            add_log_text(connection, name, 0, lines, len(lines), NOW)
        whole, *others = texts(connection)
        assert whole == lines
        assert all(text.endswith("line 999\n") for text in others)
        assert sum(len(text) for text in others) <= 30_000 + 11 * log_text.SHORT
        assert len(others[0]) <= log_text.SHORT
        sizes = set(connection.scalars(select(LogText.size)))
        assert sizes == {len(lines)}


def test_there_are_only_so_many_logs_of_a_job_and_of_a_run(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_text, "MOST_LOGS", 12)
    with app.app_context(), writing() as connection:
        run = new_run(connection)
        for key in ("1", "2"):
            for number in range(12):
                name = LogName(run, 0, key, 1, f"{number}.log")
                add_log_text(connection, name, 0, f"{key} {number}", 10, NOW)
        too_long = LogName(new_run(connection), 0, "1", 1, "x" * 5000)
        add_log_text(connection, too_long, 0, "x", 1, NOW)
        of_first = [f"1 {number}" for number in range(10)]
        assert texts(connection) == [*of_first, "2 0", "2 1"]
        add_log_text(connection, LogName(run, 0, "2", 1, "1.log"), 3, "!", 4, NOW)
        assert texts(connection)[-1] == "2 1!"


# --- who looks ------------------------------------------------------------------------------------


def test_a_log_is_followed_as_long_as_somebody_looks_at_it(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        run = new_run(connection)
        name = LogName(run, 0, "7", 1, "a.log")
        assert followed(connection, run, NOW) == []
        note_follower(connection, name, NOW)
        assert followed(connection, run, NOW) == [("7", "a.log", 0)]
        add_log_text(connection, name, 0, "one\n", 4, NOW)
        for seconds in range(0, 60, 2):
            note_follower(connection, name, NOW + timedelta(seconds=seconds))
        later = NOW + timedelta(seconds=75)
        assert followed(connection, run, later) == [("7", "a.log", 4)]
        assert followed(connection, run, later + timedelta(seconds=10)) == []
        assert followed(connection, new_run(connection), later) == []


def test_of_a_run_the_logs_that_somebody_opened_last_are_followed(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        run = new_run(connection)
        for number in range(9):
            name = LogName(run, 0, str(number), 1, "a.log")
            note_follower(connection, name, NOW + timedelta(seconds=number))
        found = followed(connection, run, NOW + timedelta(seconds=9))
        assert [log.key for log in found] == ["8", "7", "6", "5"]


def test_a_log_goes_with_its_run(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        note_follower(connection, LogName(new_run(connection), 0, "7", 1, "a.log"), NOW)
        connection.execute(Workflow.__table__.delete())
        assert texts(connection) == []
