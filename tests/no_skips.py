"""A pytest plugin: where nothing may be missing, a skipped test counts as a failed one.

CI sets PANOPTES_TEST_NO_SKIPS, so that a browser, a database server or a Snakemake that was not
installed there can't pass unnoticed.
"""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

VARIABLE = "PANOPTES_TEST_NO_SKIPS"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the report of a test, after all other plugins had their say."""
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge a whole module that skips itself while it is imported."""
    return _without_skip((yield))


def _without_skip(report: Report) -> Report:
    # An expected failure (xfail) is reported as skipped, too, and is none.
    if os.environ.get(VARIABLE) and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, and {VARIABLE} is set. {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    where = report.longrepr
    return where[2] if isinstance(where, tuple) else str(where)
