"""When the look for known weaknesses stops CI, and when it is left out."""

import json
from typing import Any

import pytest

from devtools.audit import judge

SOUND = {"name": "flask", "version": "3.1.0", "vulns": []}
WEAK = {"name": "waitress", "version": "3.0.0", "vulns": [{"id": "CVE-2024-49768"}]}
OURS = {"name": "panoptes-ui", "skip_reason": "distribution marked as editable"}
UNKNOWN = {"name": "odd", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "passes", "words"),
    [
        ([SOUND, SOUND, OURS], True, "No known weakness in 2"),
        ([SOUND, WEAK], False, "waitress 3.0.0"),
        ([WEAK, UNKNOWN], False, "waitress 3.0.0"),
        ([SOUND, UNKNOWN], False, "odd"),
        ([UNKNOWN, UNKNOWN, OURS], True, "LEFT OUT"),
    ],
)
def test_a_weakness_stops_ci_and_so_does_a_package_that_nobody_knows(
    packages: list[dict[str, Any]], passes: bool, words: str
) -> None:
    verdict = judge(json.dumps({"dependencies": packages}), "")
    assert verdict.passes is passes
    assert words in verdict.line


@pytest.mark.parametrize(
    ("errors", "passes"),
    [
        (
            "Traceback …\nrequests.exceptions.ConnectionError: Failed to resolve 'an.example'\n",
            True,
        ),
        ("Traceback …\nKeyError: 'vulns'\n", False),
        ("No module named pip_audit\n", False),
        ("", False),
    ],
)
def test_only_a_service_that_cannot_be_reached_is_a_reason_to_leave_it_out(
    errors: str, passes: bool
) -> None:
    assert judge("", errors).passes is passes
