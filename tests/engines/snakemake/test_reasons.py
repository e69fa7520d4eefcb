"""Why a job ran: every text that a Snakemake writes is understood."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from devtools.replay import requests
from panoptes.engines.snakemake.reasons import OTHER, kind_of_reason
from tests.recorded import FOLDER

MADE_AGAIN = "input made again by another job"
PIPE = "fills a pipe or serves another job"
SOFTWARE = "software environment changed"

# What `Reason.__str__` of 5.27 to 9 can say.
TEXTS = {
    "Missing output files: a.txt, b.txt": "output missing",
    "Missing output files: a.txt; Input files updated by another job: c.txt": "output missing",
    "Incomplete output files: a.txt": "output incomplete",
    "Updated input files: raw.txt": "input files newer",
    "Updated input files: raw.txt; Input files updated by another job: c": "input files newer",
    # All that is newer was made by another job.
    "Updated input files: ; Input files updated by another job: c.txt": MADE_AGAIN,
    "Input files updated by another job: c.txt": MADE_AGAIN,
    "Output file is a pipe and has to be filled for consuming job.": PIPE,
    "Job provides a service which has to be kept active until all consumers are finished.": PIPE,
    "Set of input files has changed since last execution": "other input files than last time",
    "Set of input files has changed since last execution; Code has changed since last execution": (
        "other input files than last time"
    ),
    "Code has changed since last execution": "code changed",
    "Params have changed since last execution": "params changed",
    "Params have changed since last execution: before: 1 now: 2": "params changed",
    "Software environment definition has changed since last execution": SOFTWARE,
    "Forced execution": "forced",
    "Rules with neither input nor output files are always executed.": "always run",
    "Rules with a run or shell declaration but no output are always executed.": "always run",
    "Finished (was: Missing output files: a.txt)": "output missing",
    "Finished (was: )": None,
    "": None,
    "  ": None,
    "because I say so": OTHER,
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_reason_is_of_the_kind_that_it_names_first(text: str) -> None:
    assert kind_of_reason(text) == TEXTS[text]


def test_no_reason_is_no_kind() -> None:
    assert kind_of_reason(None) is None


def recorded_reasons(path: Path) -> Iterator[str]:
    """Yield all reasons of a recording, whatever its dialect."""
    for request in requests(path):
        message = parse_qs(request.body).get("msg", [request.body])[0]
        yield from re.findall(r"""\\?["']reason\\?["']: \\?["']([^"']+?)\\?["']""", message)


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.jsonl")), ids=lambda path: path.stem)
def test_the_reasons_of_all_recordings_are_understood(path: Path) -> None:
    assert not [text for text in recorded_reasons(path) if kind_of_reason(text) in (OTHER, None)]


def test_reasons_of_recordings_are_found() -> None:
    assert sum(len(list(recorded_reasons(path))) for path in FOLDER.rglob("*.jsonl")) > 200
