"""No page is large, whatever a client sends: a run with the most of everything, on every page."""

from typing import Any

import pytest
from flask import Flask

from tests.engine import Engine
from tests.faults.inputs import address_of

pytestmark = pytest.mark.slow

MOST = 300_000
# Letters that take most bytes in a page.
WIDE = "<\U0001f9ec>'&"
TEXT = WIDE * 4_000
COMMAND = WIDE * 799
ITEM = WIDE * 800
RULE = WIDE * 100
JOB: dict[str, Any] = {
    "name": RULE,
    "msg": TEXT,
    "reason": f"Missing output files: {TEXT}",
    "shellcmd": COMMAND,
    "benchmark": ITEM,
    "conda_env": ITEM,
    "threads": 10**9,
    "priority": "highest" * 10,
    "aux": {"external_jobid": ITEM},
    "indent": True,
}
FILES = ("input", "output", "log")
LONG = [f"{number}{ITEM[:300]}" for number in range(300)]
MANY = [str(number) for number in range(10_000)]
# Jobs with the most of something, by their ids.
JOBS = {
    "0": {**JOB, **dict.fromkeys(FILES, LONG)},
    "1": {**JOB, **dict.fromkeys(FILES, MANY)},
    "2": {**JOB, **dict.fromkeys(("wildcards", "resources"), dict.fromkeys(LONG, ITEM[:300]))},
    "3": {**JOB, "wildcards": dict.fromkeys(MANY, "x"), "resources": dict.fromkeys(MANY, 1)},
    "4": {**JOB, "log": [ITEM] * 5},
}
ATTEMPTS = 60
RULES = 1_500
QUERIES = [
    "rules=all",
    "rules=all&rules_sort=-name",
    "status=Error",
    "q=1",
    "log_page=1",
    "log_level=error",
    "log_q=1",
    "page=2",
]
# What is saved as a file may be large.
FILE = ("/report", ".json", ".csv", ".tsv", ".atom", ".svg")


@pytest.fixture
def run(app: Flask) -> Engine:
    """A run with more, longer and wider things than any."""
    run = Engine(app.test_client(), RULE, command=COMMAND, snakefile=ITEM, workdir=f"/{ITEM}")
    rows = "".join(f"{number:05}{RULE}    2\n" for number in range(RULES))
    run.send("run_info", msg=f"Job stats:\njob    count\n-----  -----\n{rows}total    5800\n")
    run.send("group_info", groupid=ITEM)
    for jobid, job in JOBS.items():
        run.send("job_info", jobid=jobid, **job)
    for number in range(ATTEMPTS):
        run.send("job_info", jobid="4", **JOBS["4"])
        run.send("job_error", jobid="4", name=RULE, msg=f"{number}{TEXT}")
    for number in range(70):
        wildcards = {f"{each}{number}{RULE}": f"{number}{ITEM[:300]}" for each in range(5)}
        job = {"jobid": 100 + number, "name": f"{number:05}{RULE}", "wildcards": wildcards}
        run.send("job_info", **job, output=[f"{number}{ITEM}"], log=[ITEM] * 5, shellcmd=COMMAND)
        run.send("job_error", jobid=100 + number, msg=f"{number} {TEXT}")
        for level in ("info", "warning", "error"):
            run.send(level, msg=f"{number} {TEXT}")
    return run


def test_no_page_is_large_whatever_a_client_sends(app: Flask, run: Engine) -> None:
    addresses = [f"/workflow/{run.id}?{query}" for query in QUERIES]
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith("pages."):
            jobs = [*JOBS, "100"] if "jobid" in rule.arguments else ["1"]
            addresses += [address_of(rule, run.id, {"jobid": job}) for job in jobs]
    pages = [address for address in addresses if not any(end in address for end in FILE)]
    sizes = {address: len(run.web.get(address, buffered=True).data) for address in pages}
    assert len(sizes) > 30
    assert {address: size for address, size in sizes.items() if size > MOST} == {}
