"""What executors say when a cluster took jobs: an `info` each, in words of their own."""

import re

from panoptes.engines.fields import MAX_KEY
from panoptes.engines.snakemake.sayings import Submitted

MAX_LOG = 4096
# Of an array of jobs, so many are told; each takes several statements.
MAX_TASKS = 1_000

# `--cluster` and cluster-generic; DRMAA; Slurm (7.32 and plugin), LSF, Flux and HTCondor. A job is
# named by its id, a group of jobs by a UUID.
_SUBMITTED = (
    re.compile(r"Submitted (?:group )?job (?P<key>\S{1,100}) with external jobid '(?P<id>.+)'"),
    re.compile(r"Submitted DRMAA job (?P<key>\S{1,100}) with external jobid (?P<id>.+)\.$"),
    re.compile(
        r"Job (?P<key>\S{1,100}) (?:has been submitted with|submitted to) \w{1,40}"
        r" (?:jobid|Cluster ID) (?P<id>\S+)(?: \(log: (?P<log>.+)\)\.$)?"
    ),
)
# The plugin for Slurm from 2.0 on. The tasks are numbered in the order of the jobs.
_ARRAY_SUBMITTED = re.compile(
    r"Submitted array job with Snakemake IDs (?P<keys>[0-9,]+) and SLURM job ID (?P<id>\S+)\."
    r" The individual task IDs are (?P<first>[0-9]{1,9})-"
)


def read_submission(text: str) -> Submitted | None:
    """Return which jobs a cluster took, and under which ids; None where a text says no such thing.

    Nothing of it comes from Snakemake 9: its plugin doesn't send these texts.
    """
    for pattern in _SUBMITTED:
        match = pattern.match(text)
        if match:
            log = match.groupdict().get("log")
            return Submitted({match["key"]: match["id"][:MAX_KEY]}, log and log[:MAX_LOG])
    match = _ARRAY_SUBMITTED.match(text)
    if match is None:
        return None
    tasks = enumerate(match["keys"].split(",")[:MAX_TASKS], int(match["first"]))
    return Submitted({key[:MAX_KEY]: f"{match['id']}_{task}"[:MAX_KEY] for task, key in tasks})
