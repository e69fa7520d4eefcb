"""What jobs use is summed up by rule, each attempt once."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.measured import measure

GIB = 2**30


def usage_of(run: Engine, rule: str = "align") -> dict[str, Any]:
    answer = run.web.get(f"/api/workflow/{run.id}/resources").get_json()
    (found,) = (usage for usage in answer["rules"] if usage["name"] == rule)
    return dict(found)


def done(run: Engine, jobid: int, **fields: Any) -> None:
    run.job(jobid, **fields)
    run.finished(jobid)


def test_the_most_asked_for_and_used_and_how_the_latest_lie(app: Flask, engine: Engine) -> None:
    for jobid, memory in ((1, 3 * GIB), (2, GIB), (3, 2 * GIB)):
        done(engine, jobid, threads=4, resources={"mem_mb": 16_000, "runtime": 60})
        used = {"seconds": 100.0, "cpu_seconds": 250.0, "max_memory": memory}
        measure(app, engine.id, jobid, usage={**used, "read_bytes": 10, "written_bytes": 5})
    usage = usage_of(engine)
    assert usage["jobs"] == 3
    assert (usage["memory"]["requested"], usage["memory"]["used"]) == (16e9, 3 * GIB)
    assert usage["memory"]["recent"]["median"] == 2.147e9
    assert (usage["cores"]["requested"], usage["cores"]["used"]) == (4, 2.5)
    assert (usage["seconds"]["requested"], usage["seconds"]["used"]) == (3600, 100)
    assert (usage["cpu_seconds"], usage["read_bytes"], usage["written_bytes"]) == (750, 30, 15)


def test_what_an_engine_repeats_counts_once(app: Flask, engine: Engine) -> None:
    done(engine, 1)
    for _ in range(2):
        measure(app, engine.id, 1, usage={"max_memory": GIB})
    assert usage_of(engine)["jobs"] == 1


def test_each_attempt_counts(app: Flask, engine: Engine) -> None:
    for end in (engine.failed, engine.finished):
        engine.job(1)
        end(1)
        measure(app, engine.id, 1, usage={"max_memory": GIB})
    assert usage_of(engine)["jobs"] == 2


def test_another_attempt_starts_without_the_figures_of_the_one_before(
    app: Flask, engine: Engine
) -> None:
    engine.job(1)
    engine.failed(1)
    measure(app, engine.id, 1, usage={"max_memory": GIB})
    assert engine.jobs[1]["usage"] == {"max_memory": GIB}
    engine.job(1)
    assert engine.jobs[1]["usage"] is None


def test_nonsense_is_no_figure(app: Flask, engine: Engine) -> None:
    done(engine, 1, resources={"mem_mb": "<TBD>", "runtime": -5})
    measure(app, engine.id, 1, usage={"max_memory": "lots", "seconds": -1, "cpu_seconds": 1e300})
    usage = usage_of(engine)
    assert usage["memory"] == {
        "requested": None,
        "used": None,
        "recent": dict.fromkeys(("least", "lower", "median", "upper", "most")),
    }
    assert usage["cpu_seconds"] is None


def test_runs_whose_jobs_nobody_measured_have_none(client: FlaskClient, engine: Engine) -> None:
    done(engine, 1)
    answer = client.get(f"/api/workflow/{engine.id}/resources").get_json()
    assert answer == {"rules": [], "count": 0}
