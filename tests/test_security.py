"""SECURITY.md names code that there is and tests that are run."""

import ast
import re
from pathlib import Path

import pytest

from devtools.running import ROOT

TEXT = (ROOT / "SECURITY.md").read_text()
NAMED = re.compile(r"`([\w/]+\.py)`")
ROWS = [line.split("|") for line in TEXT.split("## Threats")[1].split("##")[0].splitlines()]
# Who, what they may want, what stops them, and what tries it; behind the head of the table.
THREATS = [[cell.strip() for cell in row[1:5]] for row in ROWS if len(row) > 3][2:]
CODE = sorted({name for _, _, stops, _ in THREATS for name in NAMED.findall(stops)})
TESTS = sorted({name for name in NAMED.findall(TEXT) if name.startswith("tests/")})


def functions_of(file: Path) -> list[ast.FunctionDef]:
    """Return the functions of a file that pytest collects."""
    assert re.fullmatch(r"test_\w+\.py", file.name)
    found = ast.parse(file.read_text()).body
    return [
        node
        for node in found
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


@pytest.mark.parametrize("path", CODE)
def test_what_stops_a_threat_is_there(path: str) -> None:
    assert (ROOT / "panoptes" / path).is_file()


@pytest.mark.parametrize("path", TESTS)
def test_what_tries_a_threat_is_a_file_of_tests_that_none_skips(path: str) -> None:
    file = ROOT / path
    assert functions_of(file)
    assert not re.search(r"mark\.(skip|xfail)\b|allow_module_level", file.read_text())


@pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat[1])
def test_each_threat_has_its_defence_and_its_test(threat: list[str]) -> None:
    _, _, stops, tried = threat
    assert len(stops) > 10
    assert {*NAMED.findall(tried)} & {*TESTS}


def test_there_are_threats() -> None:
    """Or else the tests above would pass for an empty table."""
    assert len(THREATS) > 20
    assert len(CODE) > 20
