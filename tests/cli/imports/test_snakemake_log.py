"""The reader of Snakemake's logs, on lines that are odd, cut off, or very many."""

import tracemalloc
from itertools import chain, repeat
from typing import Any

import pytest

from panoptes.cli.imports.snakemake_log import MAX_LETTERS, NO_END, LogReader
from tests.cli.imports.importing import LOGS

AT = "[Sat Nov 28 04:06:09 2026]"


def events(*lines: str) -> list[dict[str, Any]]:
    """Return what lines say, without the times."""
    return [
        {name: value for name, value in event.items() if name != "time"}
        for event in LogReader(lines, 0.0).events()
    ]


def test_blocks_whose_lines_got_between_each_other_are_told_apart() -> None:
    """Threads of Snakemake 8 write so: a block is written at once, but its time before it."""
    failed = [
        "Error in rule bad:",
        "    jobid: 1",
        "    shell:",
        "        false",
        "        (one of",
    ]
    failed[-1] += " the commands exited with non-zero exit code; note that"
    found = events("Execute 2 jobs...", AT, AT, "Finished job 2.", *failed)
    assert found[:2] == [
        {"event": "job_finished", "job_id": 2},
        {"event": "job_error", "rule_name": "bad", "jobid": 1, "shellcmd": "false"},
    ]


def test_what_a_job_raised_comes_before_its_failure_as_from_our_plugin() -> None:
    text = ["RuleException:", "CalledProcessError in line 5 of Snakefile:"]
    after = events(AT, "Error in rule s:", "    jobid: 1", "", *text)  # 5 to 7
    before = events("Execute 1 jobs...", *text, AT, "Error in rule s:", "    jobid: 1")
    for found in (after, before):
        assert [event["event"] for event in found[:2]] == ["error", "job_error"]


def test_a_line_that_looks_like_a_job_but_has_no_id_is_a_line() -> None:
    assert events("rule x:", "what comes next")[:2] == [
        {"event": "log", "level": "info", "msg": "rule x:"},
        {"event": "log", "level": "info", "msg": "what comes next"},
    ]


def test_only_what_is_no_word_of_snakemakes_is_a_command() -> None:
    job = [AT, "rule a:", "    jobid: 1", ""]
    (quiet, *_), (loud, *_) = events(*job, "Activating conda environment: x"), events(*job, "ls -l")
    assert "shellcmd" not in quiet
    assert loud["shellcmd"] == "ls -l"


def test_times_are_read_whatever_the_language_of_the_machine() -> None:
    for time in ("[Tue Dec  1 23:59:59 2026]", "[Sun Mar 29 02:30:00 2026]"):
        (event, *_) = LogReader([time, "Finished job 1."], 0.0).events()
        assert event["time"] > 1_700_000_000
    (event, *_) = LogReader(["[Xxx Yyy 99 99:99:99 0000]", "Finished job 1."], 7.0).events()
    assert event["time"] == 7.0


def test_a_log_of_any_length_is_cut_anywhere_without_harm() -> None:
    """As that of a Snakemake that was killed while it wrote."""
    lines = (LOGS / "snakemake-8.30" / "cluster.log").read_text().splitlines()
    lines += (LOGS / "snakemake-7.32.4" / "failstop.log").read_text().splitlines()
    for number in range(len(lines)):
        assert events(*lines[:number])[-1]["event"] == "end"
        assert events(*lines[number:])[-1]["event"] == "end"
    assert events(*lines[:20])[-1] == {"event": "end", "msg": NO_END}


@pytest.mark.parametrize("begins", ["    jobid: 1", "Traceback (most recent call last):"])
def test_a_text_without_an_end_takes_little_memory(begins: str) -> None:
    lines = chain([AT, "rule a:", begins, ""], repeat("x" * 1000, 20_000))
    tracemalloc.start()
    try:
        found = [len(str(event)) for event in LogReader(lines, 0.0).events()]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert MAX_LETTERS / 2 < max(found) < 2 * MAX_LETTERS
    assert peak < 10 * MAX_LETTERS
