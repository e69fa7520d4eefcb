"""What an error's text says: its ending, its words and what is left out of them."""

import time

import pytest

from panoptes.common.error_words import error_words

MULTI_LINE = "CalledProcessError: Command 'set -e;\n  it's long\n' returned non-zero exit status 3."
PLACE = "CalledProcessError in file /p/Snakefile, line 9"
OLD_PLACE = "CalledProcessError in line 5 of /p/Snakefile"
FRAME = '  File "/p/Snakefile", line 9, in __rule_a'
# How Snakemake 8 says that a `run:` block failed.
SPAWNED = f"""Traceback (most recent call last):

  File "/opt/snakemake/executors/local.py", line 232, in spawn_job
    subprocess.check_call(cmd, shell=True)

subprocess.CalledProcessError: {MULTI_LINE.partition(": ")[2]}


During handling of the above exception, another exception occurred:


Traceback (most recent call last):

{FRAME}

snakemake.exceptions.SpawnedJobError
"""
MISSING = "MissingInputException in rule a in file /p/Snakefile, line 3:\nMissing input files: x"


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (MULTI_LINE, "exit status 3"),
        ("Command 'x' returned non-zero exit status 127.", "exit status 127: command not found"),
        (
            "Command 'x' returned non-zero exit status 137.",
            "exit status 137: killed, often out of memory",
        ),
        (
            "Command 'x' died with <Signals.SIGKILL: 9>.",
            "died with SIGKILL: killed, often out of memory",
        ),
        ("Command 'x' died with <Signals.SIGHUP: 1>.", "died with SIGHUP"),
        ("Command 'x' died with unknown signal 99.", None),
        (f"Command 'x' returned non-zero exit status {'9' * 5000}.", None),
        ("RuleException", None),
        (None, None),
    ],
)
def test_how_a_command_ended_is_said(text: str | None, ending: str | None) -> None:
    assert error_words(text).ending == ending


def test_an_exit_status_that_the_engine_tells_beside_the_text_is_said_too() -> None:
    assert error_words("Killed", 137).ending == "exit status 137: killed, often out of memory"
    assert error_words(MULTI_LINE, 1).ending == "exit status 3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MULTI_LINE, ""),
        (f"RuleException:\n{PLACE}:\n{MULTI_LINE.partition(': ')[2]}", PLACE),
        (f"RuleException:\n{OLD_PLACE}:\nCommand 'x' died with <Signals.SIGHUP: 1>.", OLD_PLACE),
        (f"RuleException:\n{PLACE}:\nCommand 'x' returned non-zero exit status 1.\n{FRAME}", PLACE),
        (SPAWNED, ""),
        (f"Traceback (most recent call last):\n{FRAME}\n    x()\nKeyError: 'a'", "KeyError: 'a'"),
    ],
)
def test_what_wraps_and_repeats_a_command_is_no_part_of_the_words(text: str, words: str) -> None:
    said = error_words(text)
    assert said.words == words
    assert said.whole == text


@pytest.mark.parametrize(
    "text",
    [
        MISSING,
        "RuleException",
        "WorkflowError:\nAt least one job did not complete successfully.",
        "MissingOutputException\nThe run ended before the end of this was reported.",
    ],
)
def test_a_text_that_wraps_nothing_stays_as_it_is(text: str) -> None:
    said = error_words(text)
    assert said.words == text
    assert not said.whole


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (MULTI_LINE, "exit status 3"),
        (f"RuleException:\n{PLACE}:\nCommand 'x' failed.", "Command 'x' failed."),
        (f"Traceback (most recent call last):\n{FRAME}\nKeyError: 'a'", "KeyError: 'a'"),
        (MISSING, "Missing input files: x"),
        ("RuleException", "RuleException"),
        ("\n\n", ""),
        (None, ""),
    ],
)
def test_an_error_is_told_in_a_line(text: str | None, line: str) -> None:
    assert error_words(text).in_line() == line


def test_the_last_line_of_the_log_follows_in_the_same_line() -> None:
    assert error_words(MULTI_LINE).in_line("disk full") == "exit status 3 · disk full"
    assert error_words(None).in_line("disk full") == "disk full"


@pytest.mark.parametrize(
    "text",
    [
        "Command '" * 20_000,
        "Command '" + "' returned non-zero exit status 1" * 10_000,
        "a.Error" * 20_000,
        " in line 1 of " * 20_000,
        ', line 1:, line 1, in File "' * 10_000,
        " " * 200_000 + "x",
        "Traceback:\n" * 20_000,
    ],
)
def test_a_hostile_text_takes_linear_time(text: str) -> None:
    """Quadratic time would be minutes here; linear is a fraction of a second."""
    start = time.perf_counter()
    error_words(text).in_line()
    assert time.perf_counter() - start < 10
