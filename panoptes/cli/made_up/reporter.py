"""Reports made-up jobs as an engine does that knows its plan and each job's command."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

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

# Sends the form of a request to a path of a server, with a method, and returns the answer.
Send = Callable[[str, str, str], bytes]


class Reporter:
    """An engine that reports a run; its `id` and `name` are those that the server gave it."""

    def __init__(self, send: Send, name: str, **metadata: str) -> None:
        self._send = send
        path = "/create_workflow?" + urlencode({"name": name})
        told = json.loads(send("GET", path, urlencode(metadata)))
        self.id = int(told["id"])
        self.name = str(told["name"])

    def say(self, level: str, **fields: Any) -> None:
        """Report an event."""
        event = json.dumps({"level": level, **fields})
        body = urlencode({"msg": event, "timestamp": "", "id": self.id})
        self._send("POST", "/update_workflow_status", body)

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
            resources={"mem_mb": 16000 if rule == "align" else 2000, "tmpdir": "/scratch"},
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
