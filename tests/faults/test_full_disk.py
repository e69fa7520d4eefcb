"""A full disk: events are refused and pages stay; when there is room again, all goes on."""

import itertools
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from devtools.running import ROOT, Server, clean_environment, get, running_server
from panoptes.cli import main
from tests.faults.load import Reporter

pytestmark = pytest.mark.slow

SOME = 60


class FullTmpfs:
    """A file system of 32 MB, which a large file fills."""

    options = "size=32m"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.filler = folder / "filler"

    def fill(self, _server: Server) -> None:
        """Leave no room."""
        with suppress(OSError), self.filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)  # Till there is no room.

    def empty(self, _server: Server) -> None:
        """Make room."""
        self.filler.unlink()


class FullOfFiles(FullTmpfs):
    """A file system for 20 files and folders, which empty files fill."""

    options = "size=32m,nr_inodes=20"

    def fill(self, _server: Server) -> None:
        """Leave no room for another file."""
        with suppress(OSError):
            for number in itertools.count():
                (self.folder / f"empty-{number}").touch()

    def empty(self, _server: Server) -> None:
        """Make room."""
        for file in self.folder.glob("empty-*"):
            file.unlink()


class LimitedProcess:
    """Where no file system may be mounted: a limit on how long a server's files may become."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, server: Server) -> None:
        """Let no file grow."""
        self._limit(server, 4096)

    def empty(self, server: Server) -> None:
        """Let files grow again."""
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)


Disk = FullTmpfs | LimitedProcess


def can_mount() -> bool:
    """Return whether a file system can be mounted here: root may, but not in every container."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(
            ["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True
        ).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


@pytest.fixture(params=["limit", "tmpfs"] if can_mount() else ["limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk that can be filled and emptied."""
    if request.param == "limit":
        yield LimitedProcess(tmp_path)
        return
    with mounted(FullTmpfs, tmp_path) as made:
        yield made


@contextmanager
def mounted(kind: type[FullTmpfs], tmp_path: Path, options: str = "") -> Iterator[FullTmpfs]:
    """Mount a small file system."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options or kind.options, "tmpfs", folder], check=True
    )
    try:
        yield kind(folder)
    finally:
        # A process that ended in this very moment may hold it yet.
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def reporting(server: Server) -> Iterator[Reporter]:
    """A run that is registered, and reports what it is told to."""
    reporter = Reporter(server.url)
    yield reporter
    reporter.connection.close()


def report(reporter: Reporter, number: int, first: int) -> set[int | None]:
    """Report some jobs; return the status codes of the answers."""
    event = {"level": "job_info", "name": "align", "input": ["a" * 300], "output": ["b" * 300]}
    return {reporter.send({**event, "jobid": first + each}) for each in range(number)}


def large(jobid: int) -> dict[str, object]:
    """Return an event of 2 MB: an engine that gets no answer to it ends its run."""
    files = [f"{number:0100}" for number in range(20_000)]
    return {"level": "job_info", "name": "align", "jobid": jobid, "input": files}


def test_events_are_refused_while_a_disk_is_full_and_taken_afterwards(
    disk: Disk, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    url = f"sqlite:///{disk.folder}/panoptes.db"
    own = {"TMPDIR": str(disk.folder)}
    with (
        running_server(tmp_path, "--db-url", url, env=own) as server,
        reporting(server) as reporter,
    ):
        assert report(reporter, SOME, first=0) == {200}
        assert reporter.send(large(SOME)) == 200
        disk.fill(server)
        # What is still free in files that are there is used up first.
        while report(reporter, 1, first=1000) == {200}:
            pass
        started = time.monotonic()
        assert report(reporter, SOME, first=2000) == {503}
        seconds = time.monotonic() - started
        assert reporter.send(large(4000)) == 503
        for page in ("/", "/workflows/", f"/workflow/{reporter.workflow_id}"):
            assert b"</html>" in server.send("GET", page)
        jobs = get(server.url, f"/api/workflow/{reporter.workflow_id}/jobs")["jobs"]
        assert {job["jobid"] for job in jobs} >= set(range(SOME))
        told = re.findall("An event could not be stored: .*", server.output.read_text())
        assert len(told) == 1
        assert "disk" in told[0]
        disk.empty(server)
        assert report(reporter, SOME, first=3000) == {200}
        jobs = get(server.url, f"/api/workflow/{reporter.workflow_id}/jobs")["jobs"]
        there = {job["jobid"] for job in jobs}
        assert there >= {*range(SOME + 1), *range(3000, 3000 + SOME)}
        assert not there & set(range(2000, 2000 + SOME))
    assert main.main(["db", "check", "--db-url", url]) == 0
    each = seconds / SOME * 1000
    tell(
        f"{SOME} events refused with 503 ({each:.0f} ms each), {len(told)} line in the log, 0 lost"
    )


@pytest.mark.skipif(not can_mount(), reason="needs a file system of its own: run it as root")
def test_a_disk_that_takes_no_more_files_holds_up_nothing(tmp_path: Path) -> None:
    with mounted(FullOfFiles, tmp_path) as disk:
        url, own = f"sqlite:///{disk.folder}/panoptes.db", {"TMPDIR": str(disk.folder)}
        with (
            running_server(tmp_path, "--db-url", url, env=own) as server,
            reporting(server) as reporter,
        ):
            assert reporter.send(large(1000)) == 200
            assert report(reporter, 1, first=0) == {200}
            disk.fill(server)
            with pytest.raises(OSError, match="No space left"):
                (disk.folder / "another").touch()
            assert report(reporter, SOME, first=0) == {200}
            for jobid in range(1001, 1010):
                assert reporter.send(large(jobid)) == 200
            jobs = get(server.url, f"/api/workflow/{reporter.workflow_id}/jobs")["jobs"]
            assert len(jobs) == SOME + 10
            assert server.output.read_text().count("ERROR") == 0


@pytest.mark.skipif(not can_mount(), reason="needs a file system of its own: run it as root")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_start_for_which_a_disk_takes_too_few_files_is_refused_in_a_line(
    tmp_path: Path, number: int
) -> None:
    """The database has room, then its log has, then the server's key."""
    with mounted(FullOfFiles, tmp_path, f"size=32m,nr_inodes={number}") as disk:
        url = f"sqlite:///{disk.folder}/panoptes.db"
        command = [sys.executable, "-m", "panoptes", "--port", "0", "--db-url", url]
        env = clean_environment() | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=60)
    (line,) = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert line.endswith("its disk has no room for another file: delete some.")
