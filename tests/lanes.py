"""A pytest plugin: `pytest` runs the quick lane, `pytest --all` runs every test.

The quick lane leaves out what is marked `slow` or `external`, and says so. A file or a test that
the command line names is run whatever it is marked, and `-m` chooses among all tests. Unless
only files are named, tests run on all cores; `-n0` runs them one after the other.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

# As pyproject.toml describes them; who has both counts as the last.
MARKS = ("slow", "external")
# What a test with such a fixture is, without a word of its own.
BY_FIXTURE = {
    "postgres_server": "external",
    "browser": "external",
    "snakemake": "external",
    "written": "external",
    "built": "slow",
    "environment": "slow",  # of commands in processes of their own
}
LEFT_OUT = pytest.StashKey[Counter[str]]()
KEY = "left_out"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--all`."""
    parser.addoption("--all", action="store_true", help="run slow and external tests, too")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Ask xdist, where there is one, for all cores; whoever works on one file waits for none."""
    is_free = getattr(config.option, "numprocesses", 0) is None
    if is_free and not _names_files_alone(config) and not hasattr(config, "workerinput"):
        config.option.numprocesses = "auto"
        config.option.dist = "loadfile"


def pytest_configure(config: pytest.Config) -> None:
    """Try properties with a tenth of the examples in the quick lane, and never measure time."""
    if config.pluginmanager.has_plugin("hypothesispytest"):
        from hypothesis import HealthCheck, settings

        # A busy machine draws slowly; the examples of a test may share its app.
        harmless = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
        ours = settings(deadline=None, suppress_health_check=harmless)
        is_quick = not _runs_all(config) and not _names_files_alone(config)
        examples = ours.max_examples // 10 if is_quick else ours.max_examples
        settings.register_profile("panoptes", ours, max_examples=examples)
        settings.load_profile("panoptes")


def _runs_all(config: pytest.Config) -> bool:
    return bool(config.option.all or config.option.markexpr)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and leave out what nobody asked for."""
    for item in items:
        for fixture in BY_FIXTURE.keys() & {*getattr(item, "fixturenames", ())}:
            item.add_marker(BY_FIXTURE[fixture])
    if _runs_all(config):
        return
    named = _named_files(config)
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        (left_out if _marks(item) and item.path not in named else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = Counter(_marks(item)[-1] for item in left_out)


def _named_files(config: pytest.Config) -> set[Path]:
    paths = (config.invocation_params.dir / arg.split("::")[0] for arg in config.args)
    return {path.resolve() for path in paths if path.is_file()}


def _names_files_alone(config: pytest.Config) -> bool:
    return len(_named_files(config)) == len({arg.split("::")[0] for arg in config.args})


def _marks(item: pytest.Item) -> list[str]:
    return [mark for mark in MARKS if item.get_closest_marker(mark)]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn what a process of xdist's left out: each collects all tests."""
    node.config.stash[LEFT_OUT] = Counter(node.workeroutput.get(KEY))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell xdist's main process what this one left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[KEY] = dict(session.config.stash.get(LEFT_OUT, Counter()))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what was left out, and how to run it."""
    left_out = config.stash.get(LEFT_OUT, Counter[str]())
    if left_out:
        counts = " and ".join(f"{left_out[mark]:,} {mark}" for mark in MARKS if left_out[mark])
        terminalreporter.section("left out")
        terminalreporter.line(
            f"{counts} tests: `pytest --all` runs every test, `pytest FILE` every one in a file."
        )
