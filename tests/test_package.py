"""What is built is whole: a wheel starts without the checkout that it was built from."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.running import ROOT, running_server


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", folder, ROOT], check=True, cwd=folder)
    (wheel,) = folder.glob("panoptes_ui-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_a_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    def files(root: Path) -> set[str]:
        found = (path for path in (root / "panoptes").rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix() for path in found if path.suffix != ".pyc"}

    assert files(installed) == files(ROOT)


def test_a_wheel_starts_and_shows_its_pages(installed: Path, tmp_path: Path) -> None:
    with running_server(tmp_path, env={"PYTHONPATH": str(installed)}) as server:
        assert server.get("/api/workflows")["count"] == 0
        assert b"No workflow yet" in server.send("GET", "/")
        assert b"--running" in server.send("GET", "/static/css/panoptes.css")
