"""`panoptes db`: taking over, copying, upgrading, checking and measuring."""

import json
import shlex
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from devtools import postgres
from panoptes.cli import main
from panoptes.config.settings import Settings
from panoptes.database.connections import database_url as parse_url
from panoptes.legacy.old_tables import TABLES
from panoptes.migrations import HEAD, upgrade
from tests.cli.said import Said
from tests.conftest import Clock, serve
from tests.engine import Engine
from tests.legacy.conftest import Old, written
from tests.migrations.later_version import LATER, know_later_version

__all__ = ["written"]


Command = Callable[..., Said]


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """The app on the database that the command is given."""
    yield from serve(Settings(db_url=database_url))


@pytest.fixture
def command(database_url: str, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `panoptes db` on a database of each kind."""

    def run(*words: object) -> Said:
        code = main.main(["db", *map(str, words), "--db-url", database_url])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def later_version(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the code know one version of the tables more than the database has."""
    upgrade(parse_url(database_url))
    know_later_version(monkeypatch, tmp_path)
    return LATER


@pytest.fixture
def busy(app: Flask) -> Engine:
    """A run with jobs of every state but one that waits for its retry, and a line in its log."""
    engine = Engine(app.test_client(), "nightly")
    engine.info("Building DAG of jobs...")
    for jobid, name in enumerate(["align", "align", "sort"]):
        engine.job(jobid, name, wildcards={"sample": "K7"})
    engine.finished(0)
    engine.failed(1)
    engine.job(1)
    return engine


def execute(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


# --- check ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("busy")
def test_a_sound_database_has_no_faults(command: Command) -> None:
    said = command("check")
    assert (said.code, said.out) == (0, "")
    assert "is sound." in said.err


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE runs SET jobs_done = 7", "Run 1 of workflow 1 doesn't count its jobs right."),
        ("UPDATE runs SET jobs_retried = 0", "Run 1 of workflow 1 doesn't count its jobs right."),
        ("UPDATE runs SET jobs_planned = 1", "Run 1 of workflow 1 doesn't count its jobs right."),
        ("UPDATE runs SET lines_info = 9",
         "Run 1 of workflow 1 doesn't count the lines of its log right."),
        ("UPDATE runs SET is_current = (1 = 0)",
         "Run 1 of workflow 1 is shown as the latest though it isn't, or isn't though it is."),
        ("UPDATE wildcard_counts SET running = 0 WHERE rule = ''",
         "Run 1 of workflow 1 doesn't count the jobs of sample 'K7' right."),
        ("UPDATE rules SET jobs = 1 WHERE name = 'align'",
         "Run 1 of workflow 1 doesn't count the jobs of rule 'align' right."),
        ("UPDATE rules SET running = 0 WHERE name = 'align'",
         "Run 1 of workflow 1 doesn't count the jobs of rule 'align' right."),
        ("UPDATE rules SET attempts = 1 WHERE name = 'align'",
         "Run 1 of workflow 1 doesn't count the jobs of rule 'align' right."),
    ],
)  # fmt: skip
def test_a_count_that_is_not_that_of_the_jobs_is_a_fault(
    command: Command, database_url: str, statement: str, fault: str
) -> None:
    execute(database_url, statement)
    said = command("check")
    assert (said.code, said.out) == (1, f"{fault}\n")
    assert ": 1 fault." in said.err


def test_a_damaged_file_is_a_fault(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    for app in serve(Settings(db_url=sqlite_url)):
        for _ in range(200):
            Engine(app.test_client()).info("words " * 50)
    pages = path.read_bytes()
    # The last pages hold rows of the log.
    path.write_bytes(pages[:-8192] + b"\xff" * 8192)
    assert main.main(["db", "check", "--db-url", sqlite_url]) == 1
    assert "The file is damaged: " in capsys.readouterr().out


def test_a_row_without_parent_is_a_fault(
    sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    upgrade(parse_url(sqlite_url))
    execute(
        sqlite_url,
        "INSERT INTO messages (run_id, time, level, text) VALUES (9, '2026-01-01', 'info', 'x')",
    )
    assert main.main(["db", "check", "--db-url", sqlite_url]) == 1
    assert "A row of messages belongs to none of runs (row 1)." in capsys.readouterr().out


def test_what_is_being_removed_is_no_fault(
    command: Command, busy: Engine, app: Flask, time: Clock, database_url: str
) -> None:
    busy.web.post(f"/api/workflow/{busy.id}/cancel")
    busy.web.delete(f"/api/workflow/{busy.id}")
    for table in ("attempts", "jobs", "messages", "wildcards"):
        execute(database_url, f"DELETE FROM {table}")
    assert command("check").code == 0


# --- stats ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("busy")
def test_stats_tell_rows_bytes_statuses_and_the_time_that_they_span(command: Command) -> None:
    said = command("stats")
    lines = [line.split() for line in said.out.splitlines()]
    assert said.code == 0
    assert ["jobs", "3"] in [line[:2] for line in lines]
    assert ["attempts", "1"] in [line[:2] for line in lines]
    assert ["WORKFLOWS", "1"] in lines
    assert ["Running", "1"] in lines
    assert all(int(line[2].replace(",", "")) > 0 for line in lines if line[:1] == ["jobs"])
    assert "first run 20" in said.out


@pytest.mark.usefixtures("app")
def test_an_empty_database_has_stats_too(command: Command) -> None:
    said = command("stats")
    assert said.code == 0
    assert "first run" not in said.out


@pytest.mark.parametrize("action", ["check", "stats"])
def test_looking_at_an_older_database_does_not_change_it(
    command: Command, action: str, later_version: str
) -> None:
    said = command(action)
    assert (said.code, said.out) == (2, "")
    assert f"has tables of version {HEAD}: panoptes db upgrade makes them." in said.err
    assert command("upgrade").out == (
        f"The tables are now of version {later_version}; before: {HEAD}.\n"
    )
    assert command("upgrade").out == f"The tables are up to date (version {later_version}).\n"
    assert command(action).code == 0


@pytest.mark.parametrize("action", ["check", "stats"])
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, action: str) -> None:
    path = tmp_path / "typo.db"
    assert main.main(["db", action, "--db-url", f"sqlite:///{path}"]) == 2
    assert not path.exists()


# --- backup ---------------------------------------------------------------------------------------


@pytest.fixture
def sqlite_app(sqlite_url: str) -> Iterator[Flask]:
    """An app on a SQLite file."""
    yield from serve(Settings(db_url=sqlite_url))


@pytest.mark.slow
def test_a_backup_made_while_events_come_in_is_whole(
    sqlite_app: Flask, sqlite_url: str, tmp_path: Path
) -> None:
    stop = threading.Event()
    engines = [Engine(sqlite_app.test_client()) for _ in range(2)]

    def report(engine: Engine) -> None:
        for jobid in range(100_000):
            engine.job(jobid)
            engine.finished(jobid)
            if stop.is_set():
                return

    threads = [threading.Thread(target=report, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    copies = [tmp_path / f"copy-{number}.db" for number in range(5)]
    try:
        for copy in copies:
            assert main.main(["db", "backup", str(copy), "--db-url", sqlite_url]) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for copy in copies:
        assert main.main(["db", "check", "--db-url", f"sqlite:///{copy}"]) == 0


@pytest.mark.usefixtures("sqlite_app")
def test_a_backup_overwrites_nothing_and_leaves_no_half_file(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    assert main.main(["db", "backup", str(precious), "--db-url", sqlite_url]) == 2
    assert f"{precious} exists already" in capsys.readouterr().err
    assert precious.read_text() == "mine"
    nowhere = tmp_path / "nowhere" / "copy.db"
    assert main.main(["db", "backup", str(nowhere), "--db-url", sqlite_url]) == 2
    assert f"can't be copied to {nowhere}" in capsys.readouterr().err
    assert main.main(["db", "backup", "x", "--db-url", f"sqlite:///{tmp_path}/typo.db"]) == 2
    assert not (tmp_path / "typo.db").exists()


def test_a_database_of_any_version_can_be_copied(sqlite_url: str, tmp_path: Path) -> None:
    upgrade(parse_url(sqlite_url))
    copy = tmp_path / "copy.db"
    assert main.main(["db", "backup", str(copy), "--db-url", sqlite_url]) == 0
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


def test_for_postgres_the_command_is_told_that_copies_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql+psycopg://me:secret@host:5433/history?sslmode=require&password=secret"
    assert main.main(["db", "backup", "my copy.dump", "--db-url", url]) == 2
    assert capsys.readouterr().err == (
        "panoptes: PostgreSQL makes its own copies: pg_dump --format=custom --file='my copy.dump'"
        " 'postgresql://me@host:5433/history?sslmode=require'\n"
    )


def test_a_backup_is_restored_as_the_docs_say(
    command: Command, database_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    for app in serve(Settings(db_url=database_url)):
        run = Engine(app.test_client(), "nightly")
        run.job(1)
        said = command("backup", copy)
        if said.code:
            back_up(said.err.split(": ", 2)[-1])
        run.finished(1)
        Engine(app.test_client(), "later")
    restore(copy, database_url)
    for app in serve(Settings(db_url=database_url)):
        client = app.test_client()
        (workflow,) = client.get("/api/workflows").get_json()["workflows"]
        assert (workflow["name"], workflow["jobs_running"]) == ("nightly", 1)
        # Ids go on behind those that it has.
        assert Engine(client, "next").id == run.id + 1
    assert command("check").code == 0


def postgres_binaries() -> Path:
    found = postgres.find_binaries()
    assert found
    return found


def back_up(told: str) -> None:
    """Run the command that makes a copy of a PostgreSQL database."""
    program, *words = shlex.split(told)
    subprocess.run([postgres_binaries() / program, *words], check=True)


def restore(copy: Path, url: str) -> None:
    """Put a backup back while no server runs."""
    if url.startswith("sqlite"):
        shutil.copy(copy, url.removeprefix("sqlite:///"))
        return
    how = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
    into = f"--dbname={url.replace('+psycopg', '')}"
    subprocess.run([postgres_binaries() / "pg_restore", *how, into, copy], check=True)


# --- import ---------------------------------------------------------------------------------------


@pytest.fixture
def old_file(written: Old, tmp_path: Path) -> Path:
    """A copy of a file that an old server wrote."""
    return Path(shutil.copy(written.file, tmp_path / "old.db"))


def test_an_old_file_is_imported_into_any_database(
    command: Command, database_url: str, old_file: Path, written: Old
) -> None:
    before = old_file.read_bytes()
    said = command("import", old_file)
    assert said.code == 0
    assert said.out.startswith(f"Took over {len(written.workflows)} workflows with ")
    assert f"{old_file} is as it was." in said.out
    assert old_file.read_bytes() == before
    for app in serve(Settings(db_url=database_url)):
        client = app.test_client()
        found = client.get("/api/workflows").get_json()["workflows"]
        assert {each["id"]: each["name"] for each in found} == {
            each["id"]: each["name"] for each in written.workflows
        }
        assert (
            client.get("/create_workflow").get_json()["id"]
            == max(each["id"] for each in written.workflows) + 1
        )
    assert command("check").code == 0


def test_a_file_whose_tables_are_made_up_of_questions_is_no_old_one(
    command: Command, tmp_path: Path
) -> None:
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id"
    file = tmp_path / "hostile.db"
    with closing(sqlite3.connect(file)) as connection:
        for table, columns in TABLES.items():
            others = ", ".join(f"1 AS {name}" for name in columns - {"id"})
            connection.execute(f"CREATE VIEW {table} AS {endless}, {others} FROM n")
    said = command("import", file)
    assert (said.code, said.out) == (2, "")
    assert "is not a database of panoptes-ui before 2.0" in said.err


def test_importing_again_adds_nothing(command: Command, old_file: Path, written: Old) -> None:
    command("import", old_file)
    said = command("import", old_file)
    assert "Took over 0 workflows " in said.out
    assert f"There already: {len(written.workflows)} workflows." in said.out


def test_ids_and_names_that_are_taken_are_not_given_twice(
    command: Command, database_url: str, old_file: Path, written: Old
) -> None:
    for app in serve(Settings(db_url=database_url)):
        Engine(app.test_client(), "nightly")
    said = command("import", old_file)
    assert "Under new ids, for theirs are taken: 1." in said.out
    for app in serve(Settings(db_url=database_url)):
        found = app.test_client().get("/api/workflows").get_json()["workflows"]
        names = {each["id"]: each["name"] for each in found}
        assert names[1] == "nightly"
        highest = max(each["id"] for each in written.workflows)
        assert set(names) == {1, *(each["id"] for each in written.workflows), highest + 1}
        assert sum(name.startswith("nightly-") for name in names.values()) == 1
    assert f"There already: {len(written.workflows)} workflows." in command("import", old_file).out


def test_rows_that_cannot_be_read_are_kept_beside_the_file(
    command: Command, old_file: Path
) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute(
            "UPDATE workflow_jobs SET input = '[' WHERE id IN (SELECT max(id) FROM workflow_jobs)"
        )
        connection.commit()
    said = command("import", old_file)
    kept = old_file.with_name(f"{old_file.name}.unreadable.jsonl")
    assert f"Not to be read, or not in full: 1 row, kept in {kept}." in said.out
    assert '"input: no list"' in kept.read_text()


@pytest.mark.parametrize("content", [None, b"", b"notes", "ours"])
def test_only_an_old_file_can_be_imported(
    command: Command, tmp_path: Path, content: bytes | str | None
) -> None:
    path = tmp_path / "odd.db"
    if content == "ours":
        upgrade(parse_url(f"sqlite:///{path}"))
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    said = command("import", path)
    assert said.code == 2
    assert str(path) in said.err
    assert said.err.startswith("panoptes: ")
    assert len(said.err.splitlines()) == 1


def test_an_import_that_fails_adds_nothing(
    command: Command, database_url: str, old_file: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.db"
    shutil.copy(old_file, damaged)
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-8192])
    said = command("import", damaged)
    assert said.code == 2
    assert "malformed" in said.err
    for app in serve(Settings(db_url=database_url)):
        assert app.test_client().get("/api/workflows").get_json()["count"] == 0


def test_a_file_is_not_imported_into_itself(
    old_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["db", "import", str(old_file), "--db-url", f"sqlite:///{old_file}"]) == 2
    assert "is the database itself: panoptes db upgrade" in capsys.readouterr().err
    assert main.main(["db", "upgrade", "--db-url", f"sqlite:///{old_file}"]) == 0
    assert old_file.with_name("old.db.before-2.0").exists()


# --- eta ------------------------------------------------------------------------------------------


def nightly_runs(app: Flask, time: Clock, runs: int) -> None:
    """Runs of a workflow that take the same each time, and one that failed."""
    for number in range(runs + 1):
        run = Engine(app.test_client(), "nightly")
        run.plan(align=8)
        for jobid in range(8):
            run.job(jobid)
            time.move(seconds=50)
            run.finished(jobid) if number else run.failed(jobid)
        if number:
            run.progress(8, 8)
        run.info("Complete log: x")


def test_eta_shows_how_good_estimates_would_have_been(
    app: Flask, command: Command, time: Clock
) -> None:
    nightly_runs(app, time, 3)
    said = command("eta")
    assert said.code == 0
    assert "3 runs, in percent of their time." in said.out
    lines = [line.split() for line in said.out.splitlines()]
    head = next(line for line in lines if line[:1] == ["AT"])
    points = [line[0] for line in lines if line and line[0].endswith("%")]
    assert points == ["10%", "25%", "50%", "75%", "90%"]
    assert head[:7] == ["AT", "RUNS", "ERROR", "BIAS", "COVERAGE", "WIDTH", "ROUGH"]


def test_eta_as_json_has_the_same_figures(app: Flask, command: Command, time: Clock) -> None:
    nightly_runs(app, time, 3)
    found = json.loads(command("eta", "--json").out)
    assert found["runs"] == 3
    half = found["points"][2]
    assert (half["point"], half["estimates"]) == (0.5, 3)
    assert half["error"] == pytest.approx(0, abs=0.05)
    assert set(half["baselines"]) == {"last run", "mean of 3", "linear", "work / cores"}


def test_eta_of_too_few_runs_says_so(app: Flask, command: Command, time: Clock) -> None:
    nightly_runs(app, time, 1)
    assert command("eta").out == "No workflow has two runs that came to a good end.\n"
