"""Jobs in JSON."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text, update

from panoptes.database.connections import writing
from panoptes.models import Job, Run
from tests.conftest import Clock
from tests.engine import Engine

KNOWN_FIELDS = {
    "jobid",
    "workflow_id",
    "name",
    "msg",
    "input",
    "output",
    "log",
    "wildcards",
    "is_checkpoint",
    "shell_command",
    "status",
    "started_at",
    "completed_at",
}


@pytest.fixture
def jobs(engine: Engine) -> Callable[[str], Any]:
    """Ask for jobs of a run: 1 align K7 (done), 2 align K8 (failed), 3 sort (running)."""
    engine.job(1, wildcards={"s": "K7"}, output=["a/K7.bam"], shellcmd="bwa mem")
    engine.job(2, wildcards={"s": 'K"8'}, output=["a/100%_b.bam"], log=["logs/Ä.log"])
    engine.job(3, name="sort", input=["a/K7.bam"])
    engine.finished(1)
    engine.failed(2)
    return lambda query: engine.web.get(f"/api/workflow/{engine.id}/jobs?{query}").get_json()


def ids(found: dict[str, Any]) -> list[int]:
    return [job["jobid"] for job in found["jobs"]]


def test_all_jobs_come_in_the_order_in_which_they_were_announced(
    jobs: Callable[[str], Any],
) -> None:
    found = jobs("")
    assert ids(found) == [1, 2, 3]
    assert found["count"] == 3
    assert found["jobs"][0].keys() > KNOWN_FIELDS


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=Done", [1]),
        ("status=error", [2]),
        ("rule=sort", [3]),
        ("rule=sor", []),
        ("q=BWA", [1]),
        ("wildcard=s=K7", [1]),
        ("wildcard=s=K", []),
        ("wildcard=s=K%228", [2]),
        ("wildcard=x=K7", []),
        ("q=k7", [1, 3]),
        ("q=K%228", [2]),
        ("q=100%25_", [2]),
        ("q=%25", [2]),
        ("q=align", [1, 2]),
        ("q=align&status=Running", []),
        ("sort=-jobid", [3, 2, 1]),
        ("sort=name", [1, 2, 3]),
        ("sort=-name", [3, 2, 1]),
        ("sort=status", [2, 3, 1]),
        ("sort=-status", [1, 3, 2]),
        ("sort=-status&q=align", [1, 2]),
    ],
)
def test_jobs_are_filtered_and_sorted(
    jobs: Callable[[str], Any], query: str, expected: list[int]
) -> None:
    assert ids(jobs(query)) == expected


def test_a_page_tells_the_number_of_all_that_match(jobs: Callable[[str], Any]) -> None:
    page = jobs("per_page=2&page=2")
    assert (ids(page), page["count"]) == ([3], 3)
    page = jobs("per_page=2&page=99")
    assert (ids(page), page["count"]) == ([3], 3)


@pytest.mark.parametrize(
    "query",
    [
        "status=x",
        "sort=x",
        "wildcard=K7",
        "page=-1",
        "per_page=1001",
        "page=1e3",
        f"q={'x' * 501}",
        f"rule={'x' * 501}",
    ],
)
def test_a_bad_parameter_is_named(engine: Engine, query: str) -> None:
    answer = engine.web.get(f"/api/workflow/{engine.id}/jobs?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.get_json()["msg"]


@pytest.mark.parametrize("query", ["q=%00", "rule=%00", "q=%ED%A0%80", "q=%25%5C%27%22", "q=%FF"])
def test_hostile_text_finds_nothing_and_breaks_nothing(engine: Engine, query: str) -> None:
    engine.job(1)
    found = engine.web.get(f"/api/workflow/{engine.id}/jobs?{query}")
    assert (found.status_code, found.get_json()["count"]) == (200, 0)
    assert engine.web.get(f"/workflow/{engine.id}?{query}").status_code == 200
    assert engine.web.get(f"/search?{query}").status_code == 200


@pytest.mark.parametrize("jobid", ["²", "٣", "007", "-0", "9" * 60])
def test_an_id_that_only_looks_like_a_number_stays_text(engine: Engine, jobid: str) -> None:
    engine.job(jobid, priority=jobid)
    assert [(job["jobid"], job["priority"]) for job in engine.jobs.values()] == [
        (jobid, jobid[:40])
    ]


def test_letters_beyond_ascii_are_found_in_either_case(engine: Engine) -> None:
    engine.job(1, output=["Größe/ÜBER.txt"])
    for wanted in ("ÜBER", "über", "Größe"):
        found = engine.web.get(f"/api/workflow/{engine.id}/jobs", query_string={"q": wanted})
        assert found.get_json()["count"] == 1


def test_a_search_beyond_all_reason_is_refused(engine: Engine) -> None:
    found = engine.web.get(f"/api/workflow/{engine.id}/jobs", query_string={"q": "x" * 60_000})
    assert found.status_code == 400
    assert engine.web.get("/search", query_string={"q": "x" * 60_000}).status_code == 200


@pytest.mark.parametrize("jobid", ["%00", "%FF", "x" * 2000, "../../etc/passwd"])
def test_a_hostile_job_id_is_nobodys(engine: Engine, jobid: str) -> None:
    assert engine.web.get(f"/api/workflow/{engine.id}/job/{jobid}").status_code == 404
    assert engine.web.get(f"/workflow/{engine.id}/job/{jobid}").status_code == 404


def test_one_job_comes_under_jobs(engine: Engine) -> None:
    engine.job(7, wildcards={"s": "K7"})
    job = engine.web.get(f"/api/workflow/{engine.id}/job/7").get_json()["jobs"]
    assert (job["jobid"], job["workflow_id"], job["wildcards"]) == (7, engine.id, {"s": "K7"})
    assert engine.web.get(f"/api/workflow/{engine.id}/job/8").status_code == 404


def test_everything_that_a_client_told_is_there(
    replay: Callable[[str, str], int], client: FlaskClient
) -> None:
    workflow_id = replay("a28", "odd")
    job = client.get(f"/api/workflow/{workflow_id}/job/11").get_json()["jobs"]
    assert job["msg"].startswith(
        "Ünïcode message with 'single' \"double\" <i>markup</i> back\\slash"
    )
    assert job["resources"] == [2, 1, 64, 10, 1, 5, "a b'c\"d é"]
    assert job["shell_command"].endswith("touch 'res/odd multi 2.txt'")
    assert (job["threads"], job["priority"], job["benchmark"]) == (2, 7, "logs/odd bench.tsv")
    assert job["reason"] == "Missing output files: res/odd_multi.txt"


def test_resources_of_snakemake_9_have_names(
    replay: Callable[[str, str], int], client: FlaskClient
) -> None:
    jobs = client.get(f"/api/workflow/{replay('sm9', 'ok')}/jobs?rule=make").get_json()["jobs"]
    assert jobs[0]["resources"]["mem_mb"] == 100


def test_a_named_priority_is_text(engine: Engine) -> None:
    engine.job(1, priority="highest")
    assert engine.jobs[1]["priority"] == "highest"


# --- very many ------------------------------------------------------------------------------------


def test_a_job_of_the_list_is_the_job_alone(engine: Engine, time: Clock) -> None:
    odd = 'a "b" \\ \n\t\u2028 <ü> \U0001f40d'
    engine.job(1, odd, wildcards={odd: odd}, input=[odd], shellcmd=odd, resources={"x": 1.5})
    time.move(seconds=1.25)
    engine.failed(1, odd, msg=odd)
    engine.send("job_info", jobid=1, name=odd)
    time.move(seconds=2)
    job = engine.web.get(f"/api/workflow/{engine.id}/job/1").get_json()["jobs"]
    assert engine.jobs[1] == job
    paged = engine.web.get(f"/api/workflow/{engine.id}/jobs?per_page=1").get_json()
    assert paged == {"jobs": [job], "count": 1}
    assert (job["name"], job["shell_command"], job["input"]) == (odd, odd, [odd])
    assert (job["wildcards"], job["resources"]) == ({odd: odd}, {"x": 1.5})
    assert (job["started_at"], job["completed_at"]) == ("2026-11-23T09:00:01.250000Z", None)
    assert job["duration"] == 2.0
    first, second = job["attempts"]
    assert (first["started_at"], first["duration"]) == ("2026-11-23T09:00:00Z", 1.25)
    assert (second["number"], second["duration"]) == (2, 2.0)


def test_a_run_without_jobs_has_an_empty_list(engine: Engine) -> None:
    answer = engine.web.get(f"/api/workflow/{engine.id}/jobs")
    assert answer.get_json() == {"jobs": [], "count": 0}
    assert answer.mimetype == "application/json"


@pytest.mark.slow
def test_memory_stays_flat_however_many_jobs_are_asked_for(engine: Engine) -> None:
    with engine.web.application.app_context(), writing() as connection:
        row = {"run_id": 1, "part": 0, "rule": "many", "status": "Done", "attempt": 1}
        row |= {"shell_command": "x" * 2000, "input": ["in"], "is_local": False}
        jobs = [row | {"key": f"m{n}", "is_checkpoint": False} for n in range(10_000)]
        connection.execute(insert(Job), jobs)
        connection.execute(update(Run).values(jobs_done=10_000))
    answer = engine.web.get(f"/api/workflow/{engine.id}/jobs", buffered=False)
    tracemalloc.start()
    length = sum(len(piece) for piece in answer.response)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    answer.close()
    assert length > 20_000_000
    assert most < 8_000_000


def test_what_fails_before_the_first_job_has_its_own_status(engine: Engine) -> None:
    with engine.web.application.app_context(), writing() as connection:
        connection.execute(text("ALTER TABLE attempts RENAME TO gone"))
        connection.execute(text("ALTER TABLE jobs RENAME TO gone_too"))
    answer = engine.web.get(f"/api/workflow/{engine.id}/jobs")
    assert answer.status_code in (500, 503)
    assert answer.get_json()["msg"]
