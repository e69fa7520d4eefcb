"""Where tests stand: they mirror what they test, and what they share with others is devtools'."""

import re
from pathlib import Path

import pytest

from devtools.running import ROOT

# Folders for what no part of the package does alone.
ACROSS = ("benchmarks", "browser", "clients", "deploy", "devtools", "docs", "faults", "recordings")
# An engine that there is in tests alone.
MADE_UP = Path("engines/kitchen")
TESTS = ROOT / "tests"
MIRRORING = sorted(
    path.relative_to(TESTS)
    for path in TESTS.rglob("*")
    if path.is_dir()
    and path.name != "__pycache__"
    and path.relative_to(TESTS).parts[0] not in ACROSS
    and path.relative_to(TESTS) != MADE_UP
)


@pytest.mark.parametrize("folder", MIRRORING, ids=str)
def test_a_folder_of_tests_has_the_name_of_what_it_tests(folder: Path) -> None:
    assert (ROOT / "panoptes" / folder / "__init__.py").is_file()


@pytest.mark.parametrize(
    ("folder", "others"), [("devtools", "tests|benchmarks"), ("benchmarks", "tests")]
)
def test_what_tests_share_with_benchmarks_depends_on_neither(folder: str, others: str) -> None:
    imported = re.compile(rf"^\s*(?:from|import) (?:{others})\b", re.MULTILINE)
    files = sorted((ROOT / folder).rglob("*.py"))
    assert [file.name for file in files if imported.search(file.read_text())] == []
    assert files
