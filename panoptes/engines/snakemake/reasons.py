"""Why Snakemake runs a job, told apart by how its reason begins.

A reason lists files and can be 100 KB long, but its kind stands at the start: what Snakemake names
first is what made the job run. All of 5.27 to 9 write the same openings.
"""

from collections.abc import Mapping
from enum import Enum


class Kind(str, Enum):
    """A kind of reason, in words that go on from a number of jobs."""

    MISSING = "output missing"
    INCOMPLETE = "output incomplete"
    INPUT_NEWER = "input files newer"
    INPUT_MADE = "input made again by another job"
    INPUT_SET = "other input files than last time"
    CODE = "code changed"
    PARAMS = "params changed"
    SOFTWARE = "software environment changed"
    FORCED = "forced"
    PIPE = "fills a pipe or serves another job"
    ALWAYS = "always run"
    OTHER = "another reason"
    UNTOLD = "reason not told"


# As many letters as it takes to tell that no updated file is left to name ("…files: ;").
LETTERS = len("Updated input files: ;")
# Snakemake says so of a job that was over when it looked.
FINISHED = "Finished (was: "

_OPENINGS = {
    "Missing output files": Kind.MISSING,
    "Incomplete output file": Kind.INCOMPLETE,
    "Updated input files: ;": Kind.INPUT_MADE,
    "Updated input files": Kind.INPUT_NEWER,
    "Input files updated by": Kind.INPUT_MADE,
    "Set of input files has": Kind.INPUT_SET,
    "Code has changed": Kind.CODE,
    "Params have changed": Kind.PARAMS,
    "Software environment": Kind.SOFTWARE,
    "Forced execution": Kind.FORCED,
    "Output file is a pipe": Kind.PIPE,
    "Job provides a service": Kind.PIPE,
    "Rules with": Kind.ALWAYS,
}


def kind(reason: str | None) -> Kind:
    """Return the kind of a reason, of which LETTERS letters are enough."""
    told = (reason or "").removeprefix(FINISHED).strip(" )")
    if not told:
        return Kind.UNTOLD
    found = (of_kind for opening, of_kind in _OPENINGS.items() if told.startswith(opening))
    return next(found, Kind.OTHER)


def told(counts: Mapping[str, int]) -> list[tuple[Kind, int]]:
    """Return how many jobs ran for each kind, most jobs first; `counts` are by the kind's name."""
    known = [(Kind[name], jobs) for name, jobs in counts.items()]
    return sorted(known, key=lambda each: -each[1])
