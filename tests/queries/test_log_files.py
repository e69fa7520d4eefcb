"""Which log files are shown, and what of them: paths are strangers' words."""

import os
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from panoptes.config.log_roots import LogRoot
from panoptes.database.connections import database_url
from panoptes.migrations import files, upgrade
from panoptes.queries import log_files
from panoptes.queries.log_files import MAX_BYTES, NoLog, tail
from panoptes.queries.log_tail import Tail

SECRET = "do not show"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An allowed folder with a run's folder in it, and a secret beside it."""
    (tmp_path / "root" / "run" / "logs").mkdir(parents=True)
    (tmp_path / "root" / "run" / "logs" / "a.log").write_text("first\nlast\n")
    (tmp_path / "root-of-others").mkdir()
    (tmp_path / "root-of-others" / "a.log").write_text(SECRET)
    (tmp_path / "secret").write_text(SECRET)
    return tmp_path / "root"


def read(root: Path, path: str, workdir: str | None = "") -> Tail | NoLog:
    """Ask for a path that a job of the run named."""
    return tail([LogRoot(str(root))], str(root / "run") if workdir == "" else workdir, path)


def text_of(found: Tail | NoLog) -> str:
    assert isinstance(found, Tail), found
    return found.text


def test_no_database_is_shown_and_nothing_that_holds_the_key(root: Path) -> None:
    upgrade(database_url(f"sqlite:///{root}/run/p.db"))
    files.copy(root / "run/p.db", root / "run/copy.log")
    (root / "run/p.db.key").write_text(f"{SECRET}\n")
    with closing(sqlite3.connect(root / "run/p.db")) as connection:
        connection.execute("DELETE FROM workflows")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
        for name in ("p.db", "p.db-wal", "p.db-shm", "copy.log", "p.db.key"):
            found = tail([LogRoot(str(root))], str(root / "run"), name, SECRET.encode())
            assert found is NoLog.PRIVATE, name


# --- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["logs/a.log", "./logs/../logs//a.log", "{root}/run/logs/a.log"])
def test_a_file_below_the_root_is_shown(root: Path, path: str) -> None:
    found = read(root, path.format(root=root))
    assert text_of(found) == "first\nlast\n"
    assert isinstance(found, Tail)
    assert (len(found.content), found.size, found.is_cut) == (11, 11, False)


def test_without_the_run_s_folder_each_root_is_tried(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    roots = [LogRoot(str(tmp_path / "other")), LogRoot(str(root / "run"))]
    assert text_of(tail(roots, None, "logs/a.log")) == "first\nlast\n"
    assert tail(roots, None, "logs/b.log") is NoLog.MISSING


@pytest.mark.parametrize("workdir", ["", ".", "logs/.."])
def test_a_folder_that_is_no_whole_path_says_nothing_of_the_place(root: Path, workdir: str) -> None:
    assert text_of(tail([LogRoot(str(root / "run"))], workdir, "logs/a.log")) == "first\nlast\n"


@pytest.mark.parametrize(
    ("client", "workdir", "path"),
    [
        ("/cluster/home", "/cluster/home/run", "logs/a.log"),
        ("/cluster/home", "/cluster/home/run", "/cluster/home/run/logs/a.log"),
        ("/cluster/home", None, "/cluster/home/run/logs/a.log"),
        ("/", "/run", "logs/a.log"),
        ("/cluster/home", "/cluster/scratch", "../home/run/logs/a.log"),
    ],
)
def test_a_client_s_path_is_found_where_its_file_system_is_mounted(
    root: Path, client: str, workdir: str | None, path: str
) -> None:
    assert text_of(tail([LogRoot(str(root), client)], workdir, path)) == "first\nlast\n"


@pytest.mark.parametrize("path", ["/cluster/homeless/run/logs/a.log", "/run/logs/a.log", "/x/a"])
def test_other_paths_of_that_client_are_outside(root: Path, path: str) -> None:
    assert tail([LogRoot(str(root), "/cluster/home")], None, path) is NoLog.OUTSIDE


def test_the_server_s_own_name_of_a_mounted_folder_works_too(root: Path) -> None:
    path = f"{root}/run/logs/a.log"
    assert text_of(tail([LogRoot(str(root), "/cluster")], None, path)) == "first\nlast\n"


def test_the_whole_machine_can_be_a_root(root: Path) -> None:
    assert text_of(tail([LogRoot("/")], str(root / "run"), "logs/a.log")) == "first\nlast\n"


def test_links_that_stay_below_the_roots_are_followed(root: Path, tmp_path: Path) -> None:
    (root / "run" / "latest").symlink_to("logs")
    (root / "run" / "link.log").symlink_to(root / "run" / "latest" / "a.log")
    (tmp_path / "linked-root").symlink_to(root)
    assert text_of(read(root, "link.log")) == "first\nlast\n"
    assert text_of(tail([LogRoot(str(tmp_path / "linked-root"))], str(root / "run"), "link.log"))


# --- what is not shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../../secret",
        "logs/../../../secret",
        "{outside}/secret",
        "{outside}/root-of-others/a.log",
        "{outside}/root/../secret",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        "/proc/self/environ",
        "/dev/stdin",
        "{outside}/root",
    ],
)
def test_what_lies_outside_is_refused_whether_it_is_there_or_not(root: Path, path: str) -> None:
    assert read(root, path.format(outside=root.parent)) is NoLog.OUTSIDE
    assert read(root, path.format(outside=root.parent) + "-missing") in (
        NoLog.OUTSIDE,
        NoLog.MISSING,  # root-missing and the like are outside, too
    )


def test_without_a_root_nothing_is_shown(root: Path) -> None:
    assert tail([], str(root / "run"), "logs/a.log") is NoLog.OUTSIDE


@pytest.mark.parametrize("folder", ["..", "../..", "/etc", "{outside}", "/proc/self/root"])
def test_a_run_s_folder_may_be_a_lie(root: Path, folder: str) -> None:
    assert not isinstance(read(root, "secret", folder.format(outside=root.parent)), Tail)


def test_links_out_of_the_root_are_not_followed(root: Path) -> None:
    (root / "run" / "a").symlink_to(root.parent / "secret")
    (root / "run" / "b").symlink_to(root.parent)
    (root / "run" / "c").symlink_to("a")
    (root / "run" / "d").symlink_to("/proc/self/environ")
    for path in ("a", "b/secret", "c", "d", "b/nothing"):
        assert read(root, path) is NoLog.OUTSIDE


def test_a_link_that_leads_to_itself_is_nothing(root: Path) -> None:
    (root / "run" / "loop").symlink_to("loop")
    assert not isinstance(read(root, "loop"), Tail)
    assert not isinstance(read(root, "loop/a.log"), Tail)


@pytest.mark.parametrize("swapped", ["logs", "logs/a.log"])
def test_what_is_swapped_for_a_link_after_the_look_is_not_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    place = root / "run" / swapped
    outside = {"logs": root.parent / "root-of-others", "logs/a.log": root.parent / "secret"}
    look = os.path.realpath

    def swap_after(path: str) -> str:
        resolved = look(path)
        if path.endswith("a.log") and not place.is_symlink():
            place.rename(root / "run" / "away")
            place.symlink_to(outside[swapped])
        return resolved

    monkeypatch.setattr(os.path, "realpath", swap_after)
    assert read(root, "logs/a.log") in (NoLog.NO_FILE, NoLog.UNREADABLE, NoLog.MISSING)


def test_a_missing_file_isn_t_there_yet(root: Path) -> None:
    assert read(root, "logs/b.log") is NoLog.MISSING
    assert read(root, "logs/a.log/b") is NoLog.MISSING
    assert read(root, "nowhere/b.log") is NoLog.MISSING


@pytest.mark.parametrize(
    "path", ["logs/\0", "a" * 300, "/".join("a" * 5000), "x" * 100_000, "\ud800"]
)
def test_what_can_be_no_path_is_no_file(root: Path, path: str) -> None:
    assert not isinstance(read(root, path), Tail)


def make_socket(path: Path) -> None:
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, make_socket])
def test_what_is_no_regular_file_is_refused_at_once(
    root: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    make(root / "run" / "odd")
    begun = time.monotonic()
    assert read(root, "odd") is NoLog.NO_FILE
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/tty", "/dev/null", "/dev/random"])
def test_devices_are_refused_at_once(root: Path, device: str) -> None:
    (root / "run" / "link").symlink_to(device)
    assert read(root, "link") is NoLog.OUTSIDE
    assert tail([LogRoot("/")], str(root / "run"), "link") in (NoLog.NO_FILE, NoLog.MISSING)


def test_a_file_that_becomes_a_pipe_in_between_doesn_t_wait(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = (root / "run" / "logs" / "a.log").stat()
    os.mkfifo(root / "run" / "pipe")
    monkeypatch.setattr(os, "stat", lambda *_args, **_options: facts)
    assert read(root, "pipe") is NoLog.NO_FILE


def test_files_of_the_kernel_give_nothing() -> None:
    """They say that they have no size; some never end, or hold secrets."""
    assert text_of(tail([LogRoot("/proc")], None, "/proc/self/environ")) == ""


def test_a_file_that_the_server_may_not_read_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    # Tests may run as root, who may read everything.
    def refuse(path: str, *args: int, **options: int) -> int:
        if path == "a.log":
            raise PermissionError(path)
        return opened(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert read(root, "logs/a.log") is NoLog.UNREADABLE


def test_a_file_system_that_hangs_holds_few_readers(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_files, "PATIENCE", 0.01)
    for _ in range(3):
        log_files.READERS.acquire()
    assert read(root, "logs/a.log") is NoLog.BUSY
    log_files.READERS.release(3)
    assert isinstance(read(root, "logs/a.log"), Tail)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_no_file_stays_open(root: Path) -> None:
    before = open_files()
    os.mkfifo(root / "run" / "pipe")
    for path in ("logs/a.log", "logs/b.log", "pipe", "logs", "../../secret", "a/b/c"):
        read(root, path)
    assert open_files() == before


# --- how much -------------------------------------------------------------------------------------


def test_of_a_large_file_the_end_is_read_and_fast(root: Path) -> None:
    with (root / "run" / "big.log").open("wb") as file:
        file.truncate(2**30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe end\n")
    begun = time.monotonic()
    found = read(root, "big.log")
    assert time.monotonic() - begun < 1
    assert isinstance(found, Tail)
    assert (found.size, found.is_cut) == (2**30 + 9, True)
    assert found.text.endswith("\nthe end\n")
    assert len(found.text) <= MAX_BYTES


def test_a_cut_file_begins_with_a_whole_line(root: Path) -> None:
    (root / "run" / "big.log").write_text("".join(f"line {n}\n" for n in range(20_000)))
    found = read(root, "big.log")
    assert isinstance(found, Tail)
    assert found.is_cut
    assert found.text.startswith("line 1")
    assert found.text.endswith("line 19999\n")
    assert MAX_BYTES - 20 < len(found.content) <= MAX_BYTES
    assert found.lines(2) == "line 19998\nline 19999"
    assert found.has_more_than(2)


def test_a_cut_line_begins_with_a_whole_character(root: Path) -> None:
    (root / "run" / "long.log").write_text("a" + "ü" * MAX_BYTES)
    text = text_of(read(root, "long.log"))
    assert set(text) == {"ü"}


def test_a_file_that_grows_gives_what_it_had(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / "run" / "logs" / "a.log"
    look = os.fstat

    def grow(file: int) -> os.stat_result:
        facts = look(file)
        path.write_text("first\nlast\n" + "more\n" * MAX_BYTES)
        return facts

    monkeypatch.setattr(os, "fstat", grow)
    assert text_of(read(root, "logs/a.log")) == "first\nlast\n"


def test_an_empty_file_is_shown_as_empty(root: Path) -> None:
    (root / "run" / "empty.log").touch()
    found = read(root, "empty.log")
    assert text_of(found) == ""
    assert isinstance(found, Tail)
    assert not found.is_cut
    assert found.lines(15) == ""
