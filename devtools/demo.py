"""A made-up sequencing workflow that reports to a running server, for pictures and browser tests.

`python -m devtools.demo URL` sends it to any server.
"""

import json
import sys
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import urlencode

from devtools.replay import Request, send

SAMPLES = [f"{group}{number:02}" for group in ("K", "N") for number in range(1, 41)]
RULES = ("trim", "align", "sort", "index", "count")
# What each rule takes, in seconds.
SECONDS = {"trim": 95, "align": 610, "sort": 140, "index": 12, "count": 48}
COMMANDS = {
    "trim": "fastp --in1 reads/{s}.fastq.gz --out1 trimmed/{s}.fastq.gz --thread 4",
    "align": "bwa mem -t 8 genome/GRCh38.fa trimmed/{s}.fastq.gz 2> logs/align/{s}.log"
    " | samtools view -b - > aligned/{s}.bam",
    "sort": "samtools sort -@ 4 -o sorted/{s}.bam aligned/{s}.bam",
    "index": "samtools index sorted/{s}.bam",
    "count": "featureCounts -a genome/genes.gtf -o counts/{s}.tsv sorted/{s}.bam",
}
OUTPUTS = {
    "trim": "trimmed",
    "align": "aligned",
    "sort": "sorted",
    "index": "indexed",
    "count": "counts",
}
FOLDERS = {"trim": "reads", "align": "trimmed", "sort": "aligned", "index": "sorted"}
FAILING = {("align", "K07"), ("align", "K19"), ("sort", "N02")}
RETRIED = {("align", "K03")}
LAST = {"multiqc": 1, "merge": 1, "all": 1}


class Reporter:
    """A Snakemake 9 that reports a run, its clock moved on by hand."""

    def __init__(self, url: str, name: str, **metadata: str) -> None:
        self.url = url
        path = "/create_workflow?" + urlencode({"name": name})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        told = json.loads(send(url, Request("GET", path, form, urlencode(metadata))))
        self.id = int(told["id"])
        self.name = str(told["name"])

    def say(self, level: str, **fields: Any) -> None:
        """Report an event."""
        event = json.dumps({"level": level, **fields})
        body = urlencode({"msg": event, "timestamp": "", "id": self.id})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        send(self.url, Request("POST", "/update_workflow_status", form, body))

    def plan(self, rules: dict[str, int]) -> None:
        """Report how many jobs each rule will have."""
        rows = [f"{rule}    {count}" for rule, count in rules.items()]
        total = f"total    {sum(rules.values())}"
        table = ["Job stats:", "job    count", "-----  -----", *rows, total, ""]
        self.say("run_info", msg="\n".join(table))

    def job(self, jobid: int, rule: str, sample: str) -> None:
        """Announce a job."""
        folder = FOLDERS.get(rule, "sorted")
        self.say(
            "job_info",
            jobid=jobid,
            name=rule,
            msg=None,
            input=[f"{folder}/{sample}.bam", "genome/GRCh38.fa"],
            output=[f"{OUTPUTS[rule]}/{sample}.bam"],
            log=[f"logs/{rule}/{sample}.log"],
            wildcards={"s": sample},
            is_checkpoint=False,
            shellcmd=COMMANDS[rule].format(s=sample),
            threads=8 if rule == "align" else 1,
            priority=0,
            reason=f"Missing output files: {OUTPUTS[rule]}/{sample}.bam",
            resources={"mem_mb": 16000 if rule == "align" else 2000, "tmpdir": "/tmp"},
        )

    def fail(self, jobid: int, rule: str, sample: str) -> None:
        """Report that a job failed."""
        command = COMMANDS[rule].format(s=sample)
        text = (
            "RuleException:\n"
            "CalledProcessError in file /data/cohort/workflow/rules/map.smk, line 34:\n"
            f"Command 'set -euo pipefail;  {command}' returned non-zero exit status 137."
        )
        self.say("error", msg=text, rule=rule)
        self.say("job_error", jobid=jobid, name=rule)


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
