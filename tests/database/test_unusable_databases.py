"""A database that can't be used is told in one clear line, and left byte for byte as it was."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from devtools.running import ROOT, clean_environment, running, running_server
from panoptes.database.connections import UnusableDatabase, database_url
from panoptes.legacy.old_tables import TABLES
from panoptes.migrations import files, upgrade
from tests.faults.load import Reporter
from tests.migrations.later_version import LATER, MIGRATION

pytestmark = pytest.mark.slow

# Root may write everywhere, unless he gives up the right to.
MORTAL = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
PANOPTES = ["-m", "panoptes"]
# SQLite itself, made to go without shared memory, as it has to on some network file systems.
WITHOUT_SHARED_MEMORY = """
import sqlite3, sys
connect_here = sqlite3.connect
def connect(database, *args, **options):
    address = database if database.startswith("file:") else f"file:{database}?mode=rwc"
    options["uri"] = True
    return connect_here(f"{address}&vfs=unix-dotfile", *args, **options)
sqlite3.connect = sqlite3.dbapi2.connect = connect
from panoptes.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that is cleaned up whatever became of its rights."""
    made = tmp_path / "data"
    made.mkdir()
    yield made
    made.chmod(0o755)


@pytest.fixture(scope="session")
def left_by_a_server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some history that a server closed."""
    folder = tmp_path_factory.mktemp("closed")
    with running_server(folder) as server:
        for number in range(30):
            reporter = Reporter(server.url)
            reporter.send({"level": "job_info", "jobid": number, "name": "align"})
            reporter.send({"level": "info", "msg": "words " * 200})
            reporter.connection.close()
    assert not (folder / "panoptes.db-wal").exists()
    return folder / "panoptes.db"


@pytest.fixture
def file(folder: Path, left_by_a_server: Path) -> Path:
    """A copy of a database with some history."""
    return Path(shutil.copy(left_by_a_server, folder))


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The rights and bytes of every file; but SQLite's -shm is memory, and no file."""
    files = [each for each in folder.iterdir() if not each.name.endswith("-shm")]
    return {each.name: (each.stat().st_mode, each.read_bytes()) for each in files}


def refusal(file: Path, *python: str, prefix: list[str] = MORTAL) -> str:
    """Start on a file, which must be refused in a line and stay as it is; return the line."""
    before = contents(file.parent)
    result = subprocess.run(
        [*prefix, sys.executable, *(python or PANOPTES), "--port", "0", "--db-url",
         f"sqlite:///{file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    (line,) = result.stderr.splitlines()
    assert line.startswith("panoptes: ")
    assert str(file) in line
    assert contents(file.parent) == before
    return line


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# --- damaged --------------------------------------------------------------------------------------


def cut_in_half(pages: bytes) -> bytes:
    return pages[: len(pages) // 8192 * 4096]


def without_tables(pages: bytes) -> bytes:
    return pages[:100] + b"\x00" * 3996 + pages[4096:]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda pages: b"These are my notes, and no database.\n" * 30, "not a database"),
        (lambda pages: b"x" * 50, "not a database"),
        (lambda pages: b"\0" * 100 + pages[100:], "not a database"),
        (cut_in_half, "malformed"),
        (without_tables, "malformed"),
    ],
    ids=["notes", "a few bytes", "no header", "cut in half", "no tables"],
)
def test_a_damaged_file(file: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    file.write_bytes(damage(file.read_bytes()))
    line = refusal(file)
    assert words in line
    assert "name another file with --db-url." in line


# --- another version, another program -------------------------------------------------------------


def test_a_file_of_a_newer_version(file: Path) -> None:
    execute(file, "UPDATE alembic_version SET version_num = '9999'")
    line = refusal(file)
    assert "was written by a newer panoptes (version 9999 of its tables)" in line
    assert "upgrade panoptes" in line


def test_a_file_of_a_newer_version_that_was_killed(folder: Path) -> None:
    """What its process had not yet moved from its log into the file stays where it is."""
    killed = folder / "panoptes.db"
    code = (
        "import os, signal, sqlite3, sys; c = sqlite3.connect(sys.argv[1])\n"
        "for each in ('PRAGMA journal_mode = WAL', 'CREATE TABLE alembic_version (version_num)',\n"
        "             'INSERT INTO alembic_version VALUES (9999)'): c.execute(each)\n"
        "c.commit(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(killed)])
    assert done.returncode == -signal.SIGKILL
    assert "panoptes.db-wal" in contents(folder)
    assert "newer panoptes" in refusal(killed)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_file_of_another_program(folder: Path, mode: str) -> None:
    file = folder / "other.db"
    execute(
        file,
        f"PRAGMA journal_mode = {mode}",
        "CREATE TABLE workflows (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO workflows (name) VALUES ('mine')",
    )
    assert "another program's tables (workflows)" in refusal(file)


def test_a_file_before_2_in_which_another_program_keeps_tables_with_names_of_ours(
    folder: Path,
) -> None:
    file = folder / "panoptes.db"
    old = [f"CREATE TABLE {name} ({', '.join(columns)})" for name, columns in TABLES.items()]
    execute(file, *old, "CREATE TABLE Tokens (secret)", "CREATE VIEW jobs AS SELECT 1 AS id")
    assert "another program's tables (jobs, tokens): move it away" in refusal(file)
    assert [each.name for each in folder.iterdir()] == ["panoptes.db"]


# --- only to be read ------------------------------------------------------------------------------


def test_a_file_that_can_only_be_read(file: Path) -> None:
    file.chmod(0o444)
    assert "may the file and its folder be written to?" in refusal(file)


def test_a_folder_that_can_only_be_read(file: Path) -> None:
    file.parent.chmod(0o555)
    assert "may the file and its folder be written to?" in refusal(file)


def test_a_file_and_a_folder_that_can_only_be_read(file: Path) -> None:
    file.chmod(0o444)
    file.parent.chmod(0o555)
    assert "be written to?" in refusal(file)


def test_a_copy_that_another_user_put_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root does who restores a backup."""
    file.chmod(0o400)
    owner = files.user_name(file.stat().st_uid)
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(os, "access", lambda *_: False)
    service = files.user_name(65534)
    with pytest.raises(
        UnusableDatabase,
        match=f"it belongs to {owner}, but panoptes runs as {service}: sudo chown {service} {file}",
    ):
        upgrade(database_url(f"sqlite:///{file}"))


def test_a_file_that_cannot_even_be_read(file: Path) -> None:
    before = file.read_bytes()
    file.chmod(0)
    result = subprocess.run(
        [*MORTAL, sys.executable, *PANOPTES, "--port", "0", "--db-url", f"sqlite:///{file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 2
    assert "may the file and its folder be written to?" in result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0
    file.chmod(0o644)
    assert file.read_bytes() == before


def test_a_folder_stands_where_the_file_should_be(folder: Path) -> None:
    (folder / "panoptes.db").mkdir()
    result = subprocess.run(
        [sys.executable, *PANOPTES, "--port", "0", "--db-url", f"sqlite:///{folder}/panoptes.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert f"{folder}/panoptes.db is a folder: name a file in it." in line


# --- a file system without shared memory ----------------------------------------------------------


def test_a_new_file_works_without_shared_memory_and_one_line_says_what_that_costs(
    folder: Path,
) -> None:
    command = [sys.executable, "-c", WITHOUT_SHARED_MEMORY, "--port", "0"]
    url = f"sqlite:///{folder}/panoptes.db"
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with running([*command, "--db-url", url], folder, clean_environment() | own) as server:
        server.get("/create_workflow?name=nightly")
        assert server.get("/api/workflows")["count"] == 1
        text = server.output.read_text()
    assert text.count("can't use SQLite's WAL mode (a network file system?)") == 1
    with closing(sqlite3.connect(folder / "panoptes.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_file_in_wal_mode_is_refused_where_there_is_no_shared_memory(file: Path) -> None:
    line = refusal(file, "-c", WITHOUT_SHARED_MEMORY)
    assert "is it on a network file system? Move it to a local disk" in line


# --- before an upgrade ----------------------------------------------------------------------------


def test_no_room_for_the_copy_before_an_upgrade(file: Path, tmp_path: Path) -> None:
    """The file is not upgraded unless it could be copied."""
    shutil.copy(file, file.with_name("kept"))
    (tmp_path / f"{LATER}_later.py").write_text(MIGRATION.format(""))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from panoptes import migrations; from panoptes.cli.main import main\n"
        f"migrations.HEAD = '{LATER}'\n"
        f"migrations.FOLDERS = (*migrations.FOLDERS, Path({str(tmp_path)!r}))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    assert "is its disk full, or broken?" in refusal(file, "-c", code)
