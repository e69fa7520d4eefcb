"""What is built is whole, starts without the checkout, and is what the conda recipe says."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest
from jinja2 import Environment, StrictUndefined
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from devtools.running import ROOT, running_server

SOURCES = ("CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py")


def run(tool: str, *arguments: object) -> str:
    """Run a Python tool and return what it says; if it fails, that is the test's failure."""
    command = [sys.executable, "-m", tool, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and a wheel that was made of it."""
    folder = tmp_path_factory.mktemp("built")
    # Not in the checkout itself, where setuptools would leave its metadata.
    source = folder / "source"
    shutil.copytree(ROOT / "panoptes", source / "panoptes")
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    run("build", "--outdir", folder / "dist", source)
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("panoptes_ui-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("site")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def metadata(installed: Path) -> Message:
    (found,) = installed.glob("*.dist-info/METADATA")
    return message_from_string(found.read_text())


def test_a_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    def files(root: Path) -> set[str]:
        found = (path for path in (root / "panoptes").rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix() for path in found if path.suffix != ".pyc"}

    assert files(installed) == files(ROOT)


def test_a_source_distribution_holds_what_builds_it_and_no_tests(built: Path) -> None:
    (archive,) = built.glob("panoptes_ui-*.tar.gz")
    with tarfile.open(archive) as opened:
        found = {name.partition("/")[2] for name in opened.getnames()}
    assert found >= set(SOURCES)
    assert {name for name in found if name.startswith("tests")} == set()


def test_a_wheel_starts_and_shows_its_pages(installed: Path, tmp_path: Path) -> None:
    with running_server(tmp_path, env={"PYTHONPATH": str(installed)}) as server:
        assert server.get("/api/workflows")["count"] == 0
        assert b"No workflows yet" in server.send("GET", "/")
        assert b"--running" in server.send("GET", "/static/css/panoptes.css")


def test_the_index_will_take_what_is_built(built: Path) -> None:
    run("twine", "check", "--strict", *built.iterdir())


def test_a_wheel_holds_nothing_strange(wheel: Path) -> None:
    assert "OK" in run("check_wheel_contents", "--config", ROOT / "pyproject.toml", wheel)


def test_the_description_has_no_links_to_files_beside_it(metadata: Message) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", metadata.get_payload())
    assert [each for each in targets if not each.startswith(("https://", "#"))] == []
    assert any(each.endswith("docs/workflow.png?raw=true") for each in targets)


def test_the_pythons_that_are_named_are_the_ones_that_are_tested(metadata: Message) -> None:
    named = "\n".join(metadata.get_all("Classifier", []))
    tested = re.findall(r"- PYTHON=(3\.\d+)", (ROOT / ".travis.yml").read_text())
    assert re.findall(r":: (3\.\d+)$", named, re.MULTILINE) == tested
    assert metadata["Requires-Python"] == f">={tested[0]}"


@pytest.fixture(scope="module")
def recipe() -> str:
    """The conda recipe, its template filled in."""
    text = (ROOT / "conda/meta.yaml").read_text()
    template = Environment(undefined=StrictUndefined, autoescape=True).from_string(text)
    return template.render(PYTHON="python", pin_subpackage=lambda name, max_pin: name + max_pin)


def listed(recipe: str, name: str) -> list[str]:
    """Return the list of this name in a recipe."""
    (found,) = re.findall(rf"^  {name}:\n((?:    - .+\n)+)", recipe, re.MULTILINE)
    return re.findall(r"- (.+)", found)


def required(lines: list[str]) -> dict[str, str]:
    """Return what is required, and of which versions."""
    each = map(Requirement, lines)
    # Channels write some names with another mark between their words.
    return {canonicalize_name(one.name): str(one.specifier) for one in each}


def test_the_conda_recipe_is_of_the_same_version(recipe: str, metadata: Message) -> None:
    told = re.findall(r"^  (name|version|summary|license|home): \"?(.+?)\"?$", recipe, re.MULTILINE)
    assert dict(told) == {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "summary": metadata["Summary"],
        "license": metadata["License-Expression"],
        "home": metadata["Home-page"],
    }


def test_the_conda_recipe_requires_the_same(recipe: str, metadata: Message) -> None:
    python = {"python": metadata["Requires-Python"]}
    told = [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert required(listed(recipe, "run")) == required(told) | python
    extras = [
        each
        for each in metadata.get_all("Requires-Dist", [])
        if re.search(r'extra == "(notify|postgres)"', each)
    ]
    assert required(listed(recipe, "run_constrained")) == required(extras)
    builds = re.findall(
        r'^requires = \["(.+)"\]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert set(builds) <= {line.replace(" ", "") for line in listed(recipe, "host")}


def test_the_conda_recipe_makes_the_same_command(recipe: str, installed: Path) -> None:
    (found,) = installed.glob("*.dist-info/entry_points.txt")
    assert found.read_text().split("\n")[1:2] == listed(recipe, "entry_points")


def test_the_conda_recipe_takes_what_is_committed_and_no_more(recipe: str) -> None:
    (source,) = re.findall(r"^source:\n((?:  .+\n)+)", recipe, re.MULTILINE)
    given = [line for line in source.splitlines() if "#" not in line]
    assert given == ["  git_url: ../.git"]


def test_the_oldest_versions_that_are_tried_are_those_of_setup_py() -> None:
    lines = (ROOT / "tests/lowest.txt").read_text().splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    asked = re.search(r"install_requires=\[(.*?)\]", (ROOT / "setup.py").read_text(), re.DOTALL)
    assert asked
    wanted = dict(re.findall(r'"([\w-]+)>=([\d.]+)', asked[1]))
    assert {name: Version(version) for name, version in tried.items()} == {
        name: Version(version) for name, version in wanted.items()
    }
