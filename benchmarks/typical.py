"""A typical run: a sequencing workflow of twenty rules, and what a Snakemake 8.30 says of it."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import urlencode

RULES = (
    "fastqc", "trim", "align", "sort", "mark_duplicates", "recalibrate", "index", "flagstat",
    "coverage", "insert_size", "call_variants", "filter_variants", "normalise", "annotate",
    "phase", "count_reads", "quantify", "summarise", "plot", "archive",
)  # fmt: skip
# Jobs of these have two wildcards, for they split a sample by chromosome.
BY_CHROMOSOME = ("call_variants", "filter_variants", "normalise", "annotate")
TWO_OUTPUTS = ("trim", "sort", "mark_duplicates", "index", "plot")
CORES = 16
# The years 2000 to 2100 are a client's time; each event has a moment of its own.
BEGIN = 1795357090.0
Event = dict[str, Any]


def wildcards(number: int) -> dict[str, str]:
    """Return the wildcards of a job."""
    sample, rule = divmod(number, len(RULES))
    found = {"sample": f"cohort7_S{sample:05}"}
    if RULES[rule] in BY_CHROMOSOME:
        found["chromosome"] = f"chr{sample % 22 + 1}"
    return found


def job_info(number: int) -> Event:
    """Return what announces a job; jobs of one sample feed each other."""
    rule = RULES[number % len(RULES)]
    before = RULES[number % len(RULES) - 1] if number % len(RULES) else "raw"
    values = wildcards(number)
    stem = ".".join(values.values())
    output = [f"results/{rule}/{stem}.bam"]
    if rule in TWO_OUTPUTS:
        output.append(f"results/{rule}/{stem}.bam.metrics.txt")
    return {
        "jobid": number + 1,
        "msg": None,
        "name": rule,
        "local": False,
        "input": [f"results/{before}/{values['sample']}.bam", "resources/genome/GRCh38.fa"],
        "output": output,
        "log": [f"logs/{rule}/{stem}.log"],
        "benchmark": None,
        "wildcards": values,
        "reason": f"Missing output files: {', '.join(output)}; "
        f"Input files updated by another job: results/{before}/{values['sample']}.bam",
        "resources": [4, 1, "/tmp", 8000, 7630, 1000, 954],
        "priority": 0,
        "threads": 4,
        "indent": False,
        "is_checkpoint": False,
        "printshellcmd": True,
        "is_handover": False,
        "level": "job_info",
    }


def shell_command(number: int) -> str:
    """Return the command of a job."""
    info = job_info(number)
    return (
        f"{info['name']} --threads 4 --reference {info['input'][1]} --in {info['input'][0]}"
        f" --out {info['output'][0]} 2> {info['log'][0]}"
    )


def state_events(number: int, total: int) -> Iterator[Event]:
    """Yield what tells how a job stands, from its announcement to its end."""
    yield job_info(number)
    yield {"level": "shellcmd", "msg": shell_command(number), "indent": False}
    yield {"jobid": number + 1, "level": "job_finished"}
    yield {"level": "progress", "done": number + 1, "total": total}


def noise_events(number: int) -> Iterator[Event]:
    """Yield what Snakemake lets everybody know while it builds its graph and picks a job."""
    rule = RULES[number % len(RULES)]
    free = {"_cores": CORES, "_nodes": 2**63 - 1, "_job_count": 2**63 - 1}
    yield {"level": "dag_debug", "status": "candidate", "job": rule}
    yield {"level": "dag_debug", "status": "selected", "job": rule}
    yield {"level": "debug", "msg": f"Resources before job selection: {free}"}
    yield {"level": "debug", "msg": f"Ready jobs: {number % 9 + 1}"}
    yield {"level": "debug", "msg": "Selecting jobs to run using greedy solver."}
    yield {"level": "debug", "msg": "Selected jobs: 1"}
    yield {"level": "debug", "msg": f"Resources after job selection: {free | {'_cores': 12}}"}


def mixed_events(number: int, total: int) -> Iterator[Event]:
    """Yield all that is said of a job, once each, in the order of the recordings."""
    *before, after = noise_events(number)
    yield from before[:4]
    yield {"level": "info", "msg": "Select jobs to execute...", "indent": False}
    yield from before[4:]
    yield after
    yield {"level": "info", "msg": "Execute 1 jobs...", "indent": False}
    yield from state_events(number, total)


def start_events(total: int) -> Iterator[Event]:
    """Yield what is said before the first job."""
    yield {"level": "info", "msg": "Building DAG of jobs...", "indent": False}
    yield {"level": "info", "msg": "Using shell: /usr/bin/bash", "indent": False}
    yield {"level": "resources_info", "msg": f"Provided cores: {CORES}"}
    share, left = divmod(total, len(RULES))
    rows = [f"{rule}  {share + (place < left)}" for place, rule in enumerate(RULES)]
    table = ["Job stats:", "job  count", "---  -----", *rows, f"total  {total}", ""]
    yield {"level": "run_info", "msg": "\n".join(table)}


def stamped(events: Iterator[Event]) -> Iterator[str]:
    """Yield events as text, each with the client's time."""
    for number, event in zip(count(), events):
        yield json.dumps(event | {"timestamp": BEGIN + number / 1000})


def form(text: str) -> bytes:
    """Return the body of an update, but for the workflow's id at its end."""
    return urlencode({"msg": text, "timestamp": "Sun Nov 22 14:18:10 2026", "id": ""}).encode()
