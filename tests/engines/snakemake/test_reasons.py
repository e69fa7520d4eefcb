"""Why a job ran: every text that a Snakemake writes is understood."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from devtools.replay import requests
from panoptes.engines.snakemake.reasons import LETTERS, Kind, kind, told
from tests.recorded import FOLDER

# What `Reason.__str__` of 5.27 to 9 can say.
TEXTS = {
    "Missing output files: a.txt, b.txt": Kind.MISSING,
    "Missing output files: a.txt; Input files updated by another job: c.txt": Kind.MISSING,
    "Incomplete output files: a.txt": Kind.INCOMPLETE,
    "Updated input files: raw.txt": Kind.INPUT_NEWER,
    "Updated input files: raw.txt; Input files updated by another job: c": Kind.INPUT_NEWER,
    # All that is newer was made by another job.
    "Updated input files: ; Input files updated by another job: c.txt": Kind.INPUT_MADE,
    "Input files updated by another job: c.txt": Kind.INPUT_MADE,
    "Output file is a pipe and has to be filled for consuming job.": Kind.PIPE,
    "Job provides a service which has to be kept active until all consumers are finished.": (
        Kind.PIPE
    ),
    "Set of input files has changed since last execution": Kind.INPUT_SET,
    "Set of input files has changed since last execution; Code has changed since last execution": (
        Kind.INPUT_SET
    ),
    "Code has changed since last execution": Kind.CODE,
    "Params have changed since last execution": Kind.PARAMS,
    "Params have changed since last execution: before: 1 now: 2": Kind.PARAMS,
    "Software environment definition has changed since last execution": Kind.SOFTWARE,
    "Forced execution": Kind.FORCED,
    "Rules with neither input nor output files are always executed.": Kind.ALWAYS,
    "Rules with a run or shell declaration but no output are always executed.": Kind.ALWAYS,
    "Finished (was: Missing output files: a.txt)": Kind.MISSING,
    "Finished (was: )": Kind.UNTOLD,
    "": Kind.UNTOLD,
    "  ": Kind.UNTOLD,
    "because I say so": Kind.OTHER,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_reason_is_of_the_kind_that_it_names_first(text: str) -> None:
    assert kind(text) is TEXTS[text]


def test_no_reason_is_a_kind_of_its_own() -> None:
    assert kind(None) is Kind.UNTOLD


@pytest.mark.parametrize("text", [text for text in TEXTS if not text.startswith("Finished")])
def test_the_start_of_a_reason_is_enough(text: str) -> None:
    assert kind(text[:LETTERS]) is TEXTS[text]


def told_reasons(path: Path) -> Iterator[str]:
    """Yield all reasons of a recording, whatever its dialect."""
    for request in requests(path):
        message = parse_qs(request.body).get("msg", [request.body])[0]
        yield from re.findall(r"""\\?["']reason\\?["']: \\?["']([^"']+?)\\?["']""", message)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.jsonl")), ids=lambda path: path.stem)
def test_the_reasons_of_all_recordings_are_understood(path: Path) -> None:
    assert not [text for text in told_reasons(path) if kind(text) in (Kind.OTHER, Kind.UNTOLD)]


def test_reasons_of_recordings_are_found() -> None:
    assert sum(len(list(told_reasons(path))) for path in FOLDER.rglob("*.jsonl")) > 200


def test_most_jobs_come_first() -> None:
    found = told({"FORCED": 4, "MISSING": 5, "UNTOLD": 1})
    assert found == [(Kind.MISSING, 5), (Kind.FORCED, 4), (Kind.UNTOLD, 1)]
