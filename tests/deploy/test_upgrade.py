"""Who upgrades as docs/upgrading.md says gets the new version, and nothing that is gone."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from devtools.running import PATIENCE, ROOT, Server, clean_environment, running
from panoptes import __version__
from tests.docs.blocks import blocks
from tests.test_package import SOURCES

OLD = "1.9.9"


@pytest.mark.slow
def test_an_upgraded_checkout_serves_the_new_version_and_installs_nothing_that_is_gone(
    tmp_path: Path,
) -> None:
    origin, checkout = tmp_path / "origin", tmp_path / "checkout"
    publish_old_version(origin)
    run(tmp_path, "git", "clone", "--quiet", origin, checkout)
    leave_build_of_old_version(checkout)
    run(checkout, sys.executable, "-m", "venv", ".venv")
    run(checkout, ".venv/bin/pip", "install", ".")
    publish(origin)
    command = [".venv/bin/panoptes", "--port", "0"]
    # The server's requirements are those of the tests.
    env = clean_environment() | {"PYTHONPATH": sysconfig.get_path("purelib")}
    with running(command, checkout, env | {"PYTHONUNBUFFERED": "1"}) as server:
        assert version(server) == OLD
        server.get("/create_workflow?name=nightly")
        run(checkout, "bash", "-euc", documented())
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while version(server) == OLD and time.monotonic() < deadline:
            time.sleep(0.05)
        assert version(server) == __version__
        assert [each["name"] for each in server.get("/api/workflows")["workflows"]] == ["nightly"]
    (installed,) = (checkout / ".venv/lib").glob("python*/site-packages/panoptes")
    assert files(installed) == files(ROOT / "panoptes")


def documented() -> str:
    """The commands that upgrade a checkout."""
    (found,) = (each.text for each in blocks("sh") if "git pull" in each.text)
    return found


def publish_old_version(origin: Path) -> None:
    run(origin.parent, "git", "init", "--quiet", origin)
    publish(origin)
    (origin / "panoptes/gone.py").touch()
    module = origin / "panoptes/__init__.py"
    module.write_text(module.read_text().replace(__version__, OLD))
    commit(origin)


def publish(origin: Path) -> None:
    """Commit what there is now."""
    shutil.rmtree(origin / "panoptes", ignore_errors=True)
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "panoptes", origin / "panoptes", ignore=without)
    for name in SOURCES:
        shutil.copy(ROOT / name, origin)
    commit(origin)


def commit(folder: Path) -> None:
    run(folder, "git", "add", "--all")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    run(folder, "git", *who, "commit", "--quiet", "--message", "Change something")


def leave_build_of_old_version(checkout: Path) -> None:
    """Leave what setuptools leaves beside the sources unless it is told where to build."""
    for folder in ("build/lib", "build/bdist.linux-x86_64/wheel"):
        migrations = checkout / folder / "panoptes/migrations/versions"
        migrations.mkdir(parents=True)
        (migrations / "0000_gone.py").touch()
        shutil.copy(checkout / "panoptes/gone.py", checkout / folder / "panoptes")


def version(server: Server) -> str:
    told: str = server.get("/api/service-info")["version"]
    return told


def files(package: Path) -> set[str]:
    found = (path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(package).as_posix() for path in found}


def run(folder: Path, *command: str | os.PathLike[str]) -> None:
    # What panoptes requires is there already: only panoptes is installed.
    env = clean_environment() | {"PIP_NO_DEPS": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
