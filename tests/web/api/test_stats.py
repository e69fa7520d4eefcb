"""What a run took, in the shape of `snakemake --stats`; tests/clients compares with a real one."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine


@pytest.fixture
def run(engine: Engine, time: Clock) -> Engine:
    """Jobs of one rule that take 1, 2 and 6 seconds after each other; another fails, one runs."""
    for jobid, seconds in enumerate((1, 2, 6), 1):
        engine.job(
            jobid, "align", output=[f"{jobid}.bam", f"{jobid}.bai"], priority=jobid, threads=4
        )
        time.move(seconds=seconds)
        engine.finished(jobid)
    engine.job(4, "sort", output=["4.bam"])
    time.move(seconds=9)
    engine.failed(4, "sort")
    engine.job(5, "sort", output=["5.bam"])
    return engine


def stats(run: Engine, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = run.web.get(f"/api/workflow/{run.id}/stats.json{query}").get_json()
    return found


def test_the_jobs_that_are_done_are_summed_by_rule(run: Engine) -> None:
    told = stats(run)
    assert told["total_runtime"] == 9
    assert told["rules"] == {"align": {"mean-runtime": 3.0, "min-runtime": 1.0, "max-runtime": 6.0}}


def test_each_file_says_when_it_was_made(run: Engine) -> None:
    files = stats(run)["files"]
    assert list(files) == [f"{number}.{kind}" for number in (1, 2, 3) for kind in ("bam", "bai")]
    assert files["2.bai"] == {
        "start-time": "Mon Nov 23 09:00:01 2026",
        "stop-time": "Mon Nov 23 09:00:03 2026",
        "duration": 2.0,
        "priority": 2,
        "resources": {"_cores": 4},
    }


def test_resources_that_have_names_are_told_with_them(engine: Engine) -> None:
    engine.job(1, output=["a"], resources={"_cores": 2, "mem_mb": 100}, priority="highest")
    engine.finished(1)
    told = stats(engine)["files"]["a"]
    assert told["resources"] == {"_cores": 2, "mem_mb": 100}
    assert told["priority"] == "highest"


def test_what_a_retry_took_is_what_counts(engine: Engine, time: Clock) -> None:
    engine.job(1, output=["a"])
    time.move(seconds=5)
    engine.failed(1)
    engine.job(1, output=["a"])
    time.move(seconds=1)
    engine.finished(1)
    assert stats(engine)["files"]["a"]["duration"] == 1


def test_a_run_without_jobs_took_no_time(engine: Engine) -> None:
    assert stats(engine) == {"total_runtime": 0.0, "rules": {}, "files": {}}


def test_an_earlier_run_has_its_own(client: FlaskClient, time: Clock) -> None:
    first = Engine(client, "nightly")
    first.job(1, output=["a"])
    first.finished(1)
    first.progress(1, 1)
    Engine(client, "nightly")
    assert list(stats(first, "?run=1")["files"]) == ["a"]
    assert stats(first)["files"] == {}


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    assert client.get("/api/workflow/9/stats.json").status_code == 404
