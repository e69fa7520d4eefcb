"""What is built of the plugin for Snakemake 9 is whole, though it links to files of panoptes."""

import shutil
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from devtools.running import ROOT
from panoptes import __version__
from tests.test_package import run

PLUGIN = "plugins/snakemake-logger-plugin-panoptes-ui"
PACKAGE = "snakemake_logger_plugin_panoptes_ui"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and a wheel that was made of it."""
    folder = tmp_path_factory.mktemp("plugin")
    # Not in the checkout itself, where setuptools would leave its metadata. Links stay links.
    untidy = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist")
    for name in (PLUGIN, "panoptes/sender"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=untidy)
    shutil.copy(ROOT / "LICENSE", folder)
    assert (folder / PLUGIN / PACKAGE / "sender").is_symlink()
    run("build", "--outdir", folder / "dist", folder / PLUGIN)
    return folder / "dist"


def modules(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.py")}


def test_a_plugin_s_wheel_holds_its_modules_those_that_send_and_the_license(
    built_plugin: Path,
) -> None:
    (wheel,) = built_plugin.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    own = {f"{PACKAGE}/{name}": text for name, text in modules(ROOT / PLUGIN / PACKAGE).items()}
    sender = modules(ROOT / "panoptes/sender")
    sending = {f"{PACKAGE}/sender/{name}": text for name, text in sender.items()}
    assert {name: text for name, text in held.items() if name.endswith(".py")} == own | sending
    about = f"{PACKAGE}-{__version__}.dist-info"
    assert held[f"{about}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert {name for name in held if not name.endswith(".py")} == {
        f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "top_level.txt")
    } | {f"{about}/licenses/LICENSE"}
    metadata = message_from_bytes(held[f"{about}/METADATA"])
    # Whatever it needs beside Snakemake itself could break all Snakemakes of an environment.
    assert metadata.get_all("Requires-Dist") == ["snakemake-interface-logger-plugins>=1.2"]


def test_the_index_will_take_the_plugin(built_plugin: Path) -> None:
    run("twine", "check", "--strict", *built_plugin.iterdir())
