"""The tables are made and upgraded at the start."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, create_engine, text

from panoptes.config.settings import Settings
from panoptes.database.connections import UnusableDatabase
from panoptes.database.connections import database_url as parse_url
from panoptes.database.tables import Model
from panoptes.migrations import HEAD, SCRIPTS, files, upgrade
from panoptes.queries.database import faults
from tests.conftest import KINDS, serve
from tests.migrations.later_version import know_later_version


def count(url: str, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    engine.dispose()
    return int(found or 0)


def test_the_newest_version_is_the_newest_file() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_tables_are_those_of_the_models(database_url: str) -> None:
    upgrade(parse_url(database_url))
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Model.metadata) == []
    engine.dispose()


@pytest.fixture
def _open_to_all() -> Iterator[None]:
    """Let new files be readable for everybody, where nobody says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_open_to_all")
def test_only_its_owner_may_read_a_database_and_what_lies_beside_it(
    sqlite_url: str, tmp_path: Path
) -> None:
    upgrade(parse_url(sqlite_url))
    with closing(sqlite3.connect(tmp_path / "panoptes.db")) as connection:
        connection.execute("DELETE FROM workflows")
        names = {"panoptes.db", "panoptes.db-wal", "panoptes.db-shm"}
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(names, 0o600)


@pytest.mark.usefixtures("_open_to_all")
@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_copy_may_be_read_by_whoever_may_read_the_database(
    sqlite_url: str, tmp_path: Path, mode: int
) -> None:
    upgrade(parse_url(sqlite_url))
    database, copy = tmp_path / "panoptes.db", tmp_path / "copy.db"
    database.chmod(mode)
    files.copy(database, copy)
    assert stat.S_IMODE(copy.stat().st_mode) == mode


def test_an_upgrade_keeps_every_row_and_a_copy(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = parse_url(sqlite_url)
    upgrade(url)
    fill_every_table(sqlite_url)
    know_later_version(monkeypatch, tmp_path)
    upgrade(url)
    assert (count(sqlite_url, "workflows"), count(sqlite_url, "runs")) == (1, 1)
    assert count(sqlite_url, "workflows WHERE colour IS NULL") == 1
    copy = f"sqlite:///{tmp_path / 'panoptes.db'}.before-{HEAD}"
    assert count(copy, f"alembic_version WHERE version_num = '{HEAD}'") == 1
    assert count(copy, "runs") == 1


def test_an_upgrade_works_on_postgres(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = parse_url(postgres_url)
    upgrade(url)
    fill_every_table(postgres_url)
    know_later_version(monkeypatch, tmp_path)
    upgrade(url)
    assert count(postgres_url, "runs") == 1


# What the columns of any version hold: a workflow, its run and a job, which is done. A column that
# isn't here and may not be empty gets something of its type.
VALUES: dict[str, Any] = {
    "id": 1, "name": "align", "rule": "align", "status": "Done", "level": "info", "run": 1,
    "number": 1, "attempt": 1, "attempts": 1, "done": 1, "jobs_done": 1, "jobs_total": 1,
    "workflow_id": 1, "run_id": 1, "job_id": 1, "key": "1", "role": "view", "digest": b"x",
    "is_current": True, "jobs": 1, "lines_info": 1,
    # So that nobody needs a token here.
    "revoked_at": datetime(2026, 1, 1, tzinfo=timezone.utc),
}  # fmt: skip
OF_TYPE: dict[type, Any] = {int: 0, str: "x", bool: False, float: 0.0, bytes: b""}


def fill_every_table(url: str) -> dict[str, int]:
    """Put a row into every table as it is now; return how many rows each has."""
    engine, tables = create_engine(url), MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                wanted = [
                    each for each in table.columns if not each.nullable or each.name in VALUES
                ]
                row = {each.name: VALUES.get(each.name, something(each)) for each in wanted}
                connection.execute(table.insert(), row)
    engine.dispose()
    return {name: count(url, name) for name in tables.tables}


def something(column: Column[Any]) -> Any:
    kind = column.type.python_type
    return datetime(2026, 1, 1, tzinfo=timezone.utc) if kind is datetime else OF_TYPE.get(kind)


def test_a_database_that_was_filled_is_sound_and_shown(database_url: str) -> None:
    upgrade(parse_url(database_url))
    rows = fill_every_table(database_url)
    for app in serve(Settings(db_url=database_url)):
        assert {name: count(database_url, name) for name in rows} == rows
        with app.app_context():
            assert list(faults()) == []
        client = app.test_client()
        assert client.get("/api/workflow/1").get_json()["workflow"]["status"] == "Done"
        for address in ("/", "/workflows/", "/workflow/1", "/workflow/1/job/1"):
            assert client.get(address).status_code == 200
        if database_url.startswith("sqlite"):
            assert client.get("/create_workflow").get_json()["id"] == 2


def test_a_database_of_a_newer_version_is_refused(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = parse_url(sqlite_url)
    with monkeypatch.context() as newer:
        know_later_version(newer, tmp_path)
        upgrade(url)
    with pytest.raises(UnusableDatabase, match="newer panoptes"):
        upgrade(url)


def test_a_failing_upgrade_leaves_the_tables_as_they_were(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = parse_url(sqlite_url)
    upgrade(url)
    fill_every_table(sqlite_url)
    with monkeypatch.context() as newer:
        know_later_version(newer, tmp_path, "op.execute('SELECT * FROM nowhere')")
        with pytest.raises(UnusableDatabase, match="nowhere"):
            upgrade(url)
    assert count(sqlite_url, f"alembic_version WHERE version_num = '{HEAD}'") == 1
    assert count(sqlite_url, "runs") == 1
    upgrade(url)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_start_at_once_make_the_tables_once(
    request: pytest.FixtureRequest, kind: str
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    code = "import sys; from panoptes.migrations import upgrade"
    code += "; from panoptes.database.connections import database_url"
    code += "; upgrade(database_url(sys.argv[1]))"
    started = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=SCRIPTS.parents[1])
        for _ in range(8)
    ]
    assert [process.wait() for process in started] == [0] * 8
    assert count(url, "alembic_version") == 1


def test_a_file_to_which_another_program_writes_at_the_start_is_waited_for(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        commit = threading.Timer(0.5, writer.execute, ["COMMIT"])
        commit.start()
        upgrade(parse_url(sqlite_url))
        commit.join()
    assert count(sqlite_url, "alembic_version") == 1


def test_a_file_that_can_only_be_read_is_refused_at_the_start(sqlite_url: str) -> None:
    """Root may write to every file, so a trigger stands in for the file system."""
    upgrade(parse_url(sqlite_url))
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON alembic_version"
            " BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END"
        )
    connection.close()
    with pytest.raises(UnusableDatabase, match="may the file and its folder be written to"):
        upgrade(parse_url(sqlite_url))


def test_a_sqlite_file_is_in_wal_mode(sqlite_url: str) -> None:
    upgrade(parse_url(sqlite_url))
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
