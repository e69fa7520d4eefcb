"""A real PostgreSQL of the tests' own: no network, a temporary folder, gone at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHERE = "PANOPTES_TEST_POSTGRES"
MISSING = f"needs PostgreSQL's server: install postgresql, or set {WHERE} to its bin folder"


def find_binaries() -> Path | None:
    """Return the folder of initdb and postgres: the variable's, the path's, or Debian's newest."""
    candidates = [Path(os.environ[WHERE])] if WHERE in os.environ else []
    on_path = shutil.which("initdb")
    candidates += [Path(on_path).parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


@contextmanager
def running_postgres(binaries: Path) -> Iterator[str]:
    """Run a server and yield the URL of it, to which a database's name has to be added.

    PostgreSQL refuses to run as root, so then it runs as `nobody`.
    """
    with tempfile.TemporaryDirectory(prefix="panoptes-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        as_user = {"user": "nobody"} if os.geteuid() == 0 else {}
        if as_user:
            shutil.chown(folder, user="nobody")
        data = folder / "data"
        initdb = [binaries / "initdb", "-D", data, "-U", "panoptes", "--auth=trust", "-E", "UTF8"]
        subprocess.run(
            [*initdb, "--no-sync", "--locale=C.UTF-8"], check=True, capture_output=True, **as_user
        )
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        control = [binaries / "pg_ctl", "-D", data, "-w", "-s"]
        log = ["-l", folder / "log"]
        subprocess.run([*control, *log, "-o", options, "start"], check=True, **as_user)
        try:
            yield f"postgresql+psycopg://panoptes@/{{name}}?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **as_user)
