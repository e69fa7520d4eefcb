"""What `pytest` runs, what it leaves out, and what it says of that."""

import pytest

from devtools.running import ROOT

SUITE = """
import pytest

@pytest.fixture
def browser():
    pass

@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.external)])
def url(request):
    return request.param

def test_quick(): pass
def test_of_pages(browser): pass
def test_of_databases(url): pass

@pytest.mark.slow
def test_slow(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of five tests, of which two are quick."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nmarkers =\n    slow: x\n    external: x\n")
    pytester.makepyfile(test_made_up=SUITE)
    return pytester


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        ((), 2),
        ((".",), 2),
        (("--all",), 5),
        (("test_made_up.py",), 5),
        (("test_made_up.py::test_slow",), 1),
        (("-m", "external"), 2),
        (("-k", "slow or quick"), 1),
    ],
)
def test_the_command_line_says_what_is_run(
    suite: pytest.Pytester, words: tuple[str, ...], passed: int
) -> None:
    ended = suite.runpytest_inprocess("-p", "tests.lanes", *words)
    ended.assert_outcomes(passed=passed, deselected=5 - passed if "::" not in str(words) else 0)


def test_what_is_left_out_is_counted(suite: pytest.Pytester) -> None:
    ended = suite.runpytest_inprocess("-p", "tests.lanes")
    ended.stdout.fnmatch_lines(["1 slow and 2 external tests: `pytest --all` runs every test*"])


def test_nothing_is_said_where_nothing_is_left_out(suite: pytest.Pytester) -> None:
    ended = suite.runpytest_inprocess("-p", "tests.lanes", "--all")
    ended.stdout.no_fnmatch_line("*left out*")


def test_processes_side_by_side_leave_out_the_same(suite: pytest.Pytester) -> None:
    ended = suite.runpytest_subprocess("-p", "tests.lanes", "-p", "xdist", "-n2")
    ended.assert_outcomes(passed=2)
    ended.stdout.fnmatch_lines(["1 slow and 2 external tests*"])
