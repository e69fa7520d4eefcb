"""A made-up sequencing workflow that reports to a running server, for pictures and browser tests.

`python -m devtools.demo URL` sends it to any server.
"""

import sys
from collections.abc import Iterator
from random import Random

from devtools.replay import Request, send
from panoptes.cli.made_up import reporter as made_up
from panoptes.cli.made_up.reporter import RULES

SAMPLES = [f"{group}{number:02}" for group in ("K", "N") for number in range(1, 41)]
FAILING = {("align", "K07"), ("align", "K19"), ("sort", "N02")}
RETRIED = {("align", "K03")}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LAST = {"multiqc": 1, "merge": 1, "all": 1}


class Reporter(made_up.Reporter):
    """An engine that reports a run to a running server."""

    def __init__(self, url: str, name: str, **metadata: str) -> None:
        self.url = url
        super().__init__(self._post, name, **metadata)

    def _post(self, method: str, path: str, body: str) -> bytes:
        return send(self.url, Request(method, path, FORM, body))


def cohort(url: str, name: str = "cohort-2026-11", *, end: bool = False) -> Reporter:
    """Report a run of some 400 jobs with three failures; unless it has to end, it goes on."""
    run = Reporter(
        url,
        name,
        command="snakemake --profile slurm --keep-going --jobs 200",
        workdir="/data/cohort",
        snakefile="/data/cohort/workflow/Snakefile",
    )
    run.say("info", msg="Building DAG of jobs...")
    run.say("info", msg="Using shell: /usr/bin/bash")
    run.plan(dict.fromkeys(RULES, len(SAMPLES)) | LAST)
    run.say("warning", msg="The flag 'ancient' of genome/GRCh38.fa is not used by any rule.")
    done = 0
    for jobid, rule, sample in _jobs():
        done += _report(run, jobid, rule, sample)
    run.say("progress", done=done, total=len(RULES) * len(SAMPLES) + len(LAST))
    if end:
        run.say("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    return run


def _jobs() -> Iterator[tuple[int, str, str]]:
    """Yield the jobs that have begun: samples came so far as chance would have it."""
    chance, jobid = Random(7), 1  # A picture needs no secrets.
    for sample in SAMPLES:
        stages = len(RULES) if chance.random() < 0.7 else chance.randrange(1, len(RULES))
        for rule in RULES[:stages]:
            yield jobid, rule, sample
            jobid += 1
            if (rule, sample) in FAILING:
                break


def _report(run: Reporter, jobid: int, rule: str, sample: str) -> int:
    run.job(jobid, rule, sample)
    if (rule, sample) in RETRIED:
        run.fail(jobid, rule, sample)
        run.job(jobid, rule, sample)
    if (rule, sample) in FAILING:
        run.fail(jobid, rule, sample)
    elif jobid % 47 != 3:
        run.say("job_finished", jobid=jobid)
        return 1
    return 0


if __name__ == "__main__":
    cohort(sys.argv[1].rstrip("/"))
