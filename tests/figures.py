"""A pytest plugin: what a test counted is told at the end; docs/reliability.md has the figures."""

from collections.abc import Callable

import pytest

PROPERTY = "figures"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tell a line of figures, once the tests are over."""
    return lambda line: record_property(PROPERTY, line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print all that was told."""
    told = [
        f"{report.nodeid}: {line}"
        for report in terminalreporter.getreports("")  # Of the teardowns that went well.
        if report.when == "teardown"
        for name, line in report.user_properties
        if name == PROPERTY
    ]
    if told:
        terminalreporter.section("figures")
        terminalreporter.line("\n".join(told))
