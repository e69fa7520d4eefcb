"""SECURITY.md names code and tests that there are."""

import re

import pytest

from devtools.running import ROOT

TEXT = (ROOT / "SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)`", TEXT)))
# One that is named without its folder stands in the package.
PLACES = ("", "panoptes/")


@pytest.mark.parametrize("path", NAMED)
def test_what_stops_a_threat_is_there(path: str) -> None:
    assert any((ROOT / place / path).is_file() for place in PLACES)


def test_each_threat_has_its_code_and_its_test() -> None:
    rows = [line.split("|") for line in TEXT.split("## Threats")[1].split("##")[0].splitlines()]
    threats = [row for row in rows if len(row) > 3][2:]
    assert len(threats) > 10
    for _, _, _, _, tested, _ in threats:
        assert "tests/" in tested
