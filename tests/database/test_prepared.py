"""Statements that are compiled once do what SQLAlchemy would do, on both databases."""

from collections import namedtuple
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import Connection, bindparam, insert, select, update

from panoptes.database.connections import writing
from panoptes.database.prepared import PreparedInsert, PreparedSelect, PreparedUpdate
from panoptes.models import Job, Run, Workflow

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def connection(app: Flask) -> Iterator[Connection]:
    with app.app_context(), writing() as opened:
        opened.execute(insert(Workflow), {"name": "nightly", "run": 1, "created_at": NOON})
        row = {"workflow_id": 1, "number": 1, "status": "Running", "revision": 1}
        row["engine"] = "snakemake"
        opened.execute(insert(Run), {**row, "started_at": NOON, "updated_at": NOON})
        yield opened


JOB = {column.name: None for column in Job.__table__.c if column.name != "id"} | {
    "run_id": 1,
    "part": 0,
    "rule": "align",
    "status": "Running",
    "attempt": 1,
    "is_checkpoint": False,
    "is_local": True,
    "cached": False,
    "ignored": False,
    "letters": 0,
}
JobRow = namedtuple("JobRow", Job.__table__.c.keys())


class IdRow(NamedTuple):
    id: int


class AttemptRow(NamedTuple):
    rule: str
    attempt: int


def test_a_row_comes_back_as_it_went_in(connection: Connection) -> None:
    told = {
        "key": "1",
        "started_at": NOON,
        "wildcards": {"sample": "K'7 ä \U0001f9ec"},
        "input": [],
        "resources": {"mem": 2**63 - 1, "rate": -0.5, "gpu": None, "lists": [[], {"a": True}]},
    }
    job_id = PreparedInsert(Job).new_id(connection, {**JOB, **told})
    found = PreparedSelect(select(Job.__table__).where(Job.id == bindparam("which")), JobRow)
    row = found.first(connection, {"which": job_id})
    assert row._asdict() == {"id": job_id, **JOB, **told}
    assert row.started_at.tzinfo is timezone.utc


def test_each_row_gets_an_id_of_its_own(connection: Connection) -> None:
    insert_job = PreparedInsert(Job)
    ids = [insert_job.new_id(connection, {**JOB, "key": key}) for key in "abc"]
    of_run = select(Job.id).where(Job.run_id == bindparam("run")).order_by(Job.id)
    rows = PreparedSelect(of_run, IdRow).all(connection, {"run": 1})
    assert [row.id for row in rows] == sorted(ids)


def test_no_row_is_none(connection: Connection) -> None:
    assert PreparedSelect(select(Job.id), IdRow).first(connection, {}) is None


def test_a_question_is_answered_after_all_updates_before_it(connection: Connection) -> None:
    of_key = update(Job).where(Job.key == bindparam("which"))
    rename = PreparedUpdate(of_key.values(rule=bindparam("rule_name"), attempt=Job.attempt + 1))
    PreparedInsert(Job).run(connection, {**JOB, "key": "1"})
    rename.run(connection, {"which": "1", "rule_name": "sort"})
    rename.run(connection, {"which": "2", "rule_name": "plot"})
    row = PreparedSelect(select(Job.rule, Job.attempt), AttemptRow).first(connection, {})
    assert (row.rule, row.attempt) == ("sort", 2)


def test_times_without_a_zone_are_refused(connection: Connection) -> None:
    with pytest.raises(ValueError, match="zone"):
        PreparedInsert(Job).run(
            connection, {**JOB, "key": "1", "started_at": NOON.replace(tzinfo=None)}
        )
