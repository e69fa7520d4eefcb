"""A real PostgreSQL of the tests' own: no network, a temporary folder, gone at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHERE = "PANOPTES_TEST_POSTGRES"
MISSING = f"needs PostgreSQL's server: install postgresql, or set {WHERE} to its bin folder"


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres: the variable's, the path's, or Debian's newest."""
    candidates = [Path(os.environ[WHERE])] if WHERE in os.environ else []
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server with its files in a folder; PostgreSQL itself refuses to run as root."""

    binaries: Path
    folder: Path

    @property
    def url(self) -> str:
        """A URL to which a database's name has to be added."""
        return f"postgresql+psycopg://panoptes@/{{name}}?host={self.folder}"

    def make(self) -> None:
        """Make its files."""
        self._own_folder()
        who = ("-U", "panoptes", "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        self._run("initdb", *who, stdout=subprocess.DEVNULL)

    def copy(self, primary: "Cluster") -> None:
        """Make its files those of a standby that follows another cluster."""
        self._own_folder()
        where = ("-h", str(primary.folder), "-U", "panoptes")
        self._run("pg_basebackup", *where, "-R", "--checkpoint=fast", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = f"-c listen_addresses='' -c fsync=off -k {self.folder}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `fast` ends all connections in order, `immediate` does as a crash would."""
        self._run("pg_ctl", "-w", "-s", "-m", mode, "stop")

    def _own_folder(self) -> None:
        if _as_user():
            shutil.chown(self.folder, user="nobody")

    def _run(self, program: str, *arguments: str, **options: Any) -> None:
        """Run a program of PostgreSQL's on this cluster's files."""
        command = [str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, **options, **_as_user())


def _as_user() -> dict[str, Any]:
    return {"user": "nobody"} if os.geteuid() == 0 else {}


@contextmanager
def running_cluster(binaries: Path, primary: Cluster | None = None) -> Iterator[Cluster]:
    """Run a server of its own, or a standby of another one, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="panoptes-pg-", ignore_cleanup_errors=True) as name:
        cluster = Cluster(binaries, Path(name))
        cluster.copy(primary) if primary else cluster.make()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """Run a server and yield the URL of it, to which a database's name has to be added."""
    with running_cluster(binaries) as cluster:
        yield cluster.url
