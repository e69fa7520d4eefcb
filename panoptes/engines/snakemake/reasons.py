"""Why Snakemake runs a job, told apart by how its reason begins.

A reason lists files and can be 100 KB long, but its kind stands at the start: what Snakemake names
first is what made the job run. All of 5.27 to 9 write the same openings.
"""

# Snakemake writes so of a job that was over when it looked.
FINISHED = "Finished (was: "
OTHER = "another reason"

# How a reason begins -> its kind, in words that go on from a number of jobs. The more exact
# openings come first.
_OPENINGS = {
    "Missing output files": "output missing",
    "Incomplete output file": "output incomplete",
    # No updated file is left to name: another job made it again.
    "Updated input files: ;": "input made again by another job",
    "Updated input files": "input files newer",
    "Input files updated by": "input made again by another job",
    "Set of input files has": "other input files than last time",
    "Code has changed": "code changed",
    "Params have changed": "params changed",
    "Software environment": "software environment changed",
    "Forced execution": "forced",
    "Output file is a pipe": "fills a pipe or serves another job",
    "Job provides a service": "fills a pipe or serves another job",
    "Rules with": "always run",
}


def kind_of_reason(reason: str | None) -> str | None:
    """Return the kind of a job's reason, None where it has none."""
    reason = (reason or "").removeprefix(FINISHED).strip(" )")
    if not reason:
        return None
    kinds = (kind for opening, kind in _OPENINGS.items() if reason.startswith(opening))
    return next(kinds, OTHER)
