"""What Prometheus is told, read as Prometheus reads it."""

import os
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from devtools.running import ROOT
from panoptes import __version__
from panoptes.app import create_app
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine, sql_engine_of
from panoptes.ingest.counters import BOUNDS, EventCounters
from panoptes.queries import metrics
from panoptes.web.intake import answering
from tests.changed_settings import change_settings
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens

Labels = dict[str, str]
# https://prometheus.io/docs/practices/naming/: base units, and in the plural.
UNITS = ("seconds", "bytes")
OTHER_UNITS = re.compile(r"(milli|micro|kilo|mega|giga|minute|hour|day|percent|_ms|_kb|_mb|_gb)")


def families(client: FlaskClient) -> dict[str, Metric]:
    """Return all metrics that the server tells, by their names."""
    text = client.get("/metrics").get_data(as_text=True)
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(client: FlaskClient, name: str, **wanted: str) -> list[tuple[Labels, float]]:
    """Return the labels and the value of each series of this name that has the labels."""
    found = [sample for family in families(client).values() for sample in family.samples]
    return [
        (sample.labels, sample.value)
        for sample in found
        if sample.name == name and wanted.items() <= sample.labels.items()
    ]


def value(client: FlaskClient, name: str, **wanted: str) -> float:
    """Return the value of the one series that has these labels."""
    ((_, found),) = values(client, name, **wanted)
    return found


def by_status(client: FlaskClient, name: str, **wanted: str) -> dict[str, float]:
    return {labels["status"]: number for labels, number in values(client, name, **wanted)}


# --- workflows, jobs, rules -----------------------------------------------------------------------


def test_a_server_without_workflows_tells_zeros(client: FlaskClient) -> None:
    assert set(by_status(client, "panoptes_workflows").values()) == {0}
    assert set(by_status(client, "panoptes_jobs").values()) == {0}
    assert values(client, "panoptes_rule_jobs") == []


def test_workflows_are_told_by_the_status_that_they_show(client: FlaskClient, time: Clock) -> None:
    Engine(client, "old").job(1)
    time.move(hours=49)
    Engine(client, "new").job(1)
    done = Engine(client, "done")
    done.job(1)
    done.finished(1)
    done.progress(1, 1)
    told = by_status(client, "panoptes_workflows")
    assert {status: number for status, number in told.items() if number} == {
        "Running": 1,
        "Stale": 1,
        "Done": 1,
    }


@pytest.fixture
def going_on(client: FlaskClient, time: Clock) -> Engine:
    """A run with jobs in all states."""
    engine = Engine(client, "nightly")
    engine.plan(trim=3, align=3)
    for jobid, rule in enumerate(["trim", "trim", "trim", "align", "align"]):
        engine.job(jobid, rule)
    engine.finished(0)
    engine.finished(1)
    engine.failed(3)
    engine.failed(2, "trim")
    engine.info("Trying to restart job 2.")
    engine.job(2, "trim")
    engine.progress(2, 6)
    return engine


def test_jobs_of_runs_that_go_on_are_told_by_status(client: FlaskClient, going_on: Engine) -> None:
    assert going_on.status == "Error", "One job failed, and others go on (--keep-going)."
    counts = {"Running": 2, "Pending": 1, "Done": 2, "Error": 1}
    assert by_status(client, "panoptes_jobs") == counts
    assert value(client, "panoptes_jobs_retried") == 1
    told = going_on.workflow
    assert [told[f"jobs_{name}"] for name in ("running", "pending", "done", "failed")] == list(
        counts.values()
    )


def test_jobs_are_told_by_their_rule(client: FlaskClient, going_on: Engine) -> None:
    trim = {"Running": 1, "Pending": 0, "Done": 2, "Error": 0}
    align = {"Running": 1, "Pending": 1, "Done": 0, "Error": 1}
    assert by_status(client, "panoptes_rule_jobs", rule="trim") == trim
    assert by_status(client, "panoptes_rule_jobs", rule="align") == align


def test_a_rule_of_several_runs_is_told_once(client: FlaskClient, going_on: Engine) -> None:
    other = Engine(client, "weekly")
    other.job(1, "align")
    assert value(client, "panoptes_rule_jobs", rule="align", status="Running") == 2


def test_jobs_and_rules_of_ended_and_silent_runs_are_not_told(
    client: FlaskClient, going_on: Engine, time: Clock
) -> None:
    time.move(hours=49)
    ended = Engine(client, "ended")
    ended.job(1, "merge")
    ended.failed(1, "merge")
    ended.send("error", msg="WorkflowError")
    assert ended.status == "Error"
    assert set(by_status(client, "panoptes_jobs").values()) == {0}
    assert values(client, "panoptes_rule_jobs") == []


def test_without_staleness_a_silent_run_is_one_that_goes_on(
    client: FlaskClient, app: Flask, going_on: Engine, time: Clock
) -> None:
    change_settings(app, stale_hours=0)
    time.move(days=90)
    assert value(client, "panoptes_jobs", status="Running") == 2


def test_a_deleted_run_is_not_told(client: FlaskClient, going_on: Engine) -> None:
    client.post(f"/api/workflow/{going_on.id}/cancel")
    assert client.delete(f"/api/workflow/{going_on.id}").status_code == 204
    assert set(by_status(client, "panoptes_workflows").values()) == {0}
    assert values(client, "panoptes_rule_jobs") == []


def test_only_the_rules_with_the_most_jobs_are_told(
    client: FlaskClient, going_on: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(client, "panoptes_rules_left_out") == 0
    monkeypatch.setattr(metrics.live_rules, "__defaults__", (1,))
    assert {labels["rule"] for labels, _ in values(client, "panoptes_rule_jobs")} == {"trim"}
    assert value(client, "panoptes_rules_left_out") == 1


def test_a_rule_may_be_called_anything(client: FlaskClient, time: Clock) -> None:
    name = 'a"b\\c\n# TYPE x counter\nx{y="z"} ü 1'
    engine = Engine(client)
    engine.job(1, name)
    told = {labels["rule"] for labels, _ in values(client, "panoptes_rule_jobs")}
    assert told == set(engine.rules)
    assert "x" not in families(client)


# --- the server -----------------------------------------------------------------------------------


def test_the_build_and_the_database_are_told(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        kind = sql_engine().dialect.name
    ((labels, one),) = values(client, "panoptes_build_info")
    assert (labels["version"], labels["database"], one) == (__version__, kind, 1)
    size = value(client, "panoptes_database_size_bytes")
    assert size > value(client, "panoptes_database_free_bytes") >= 0


def test_events_are_counted_by_what_became_of_them(client: FlaskClient, time: Clock) -> None:
    engine = Engine(client)
    copied = {"jobid": 1, "name": "a", "timestamp": 1795357071.2}
    for _ in range(2):
        engine.send("job_info", **copied)
    engine.send("debug", msg="noise")
    client.post("/update_workflow_status", data={"msg": "{}"})
    told = values(client, "panoptes_events_total", process=str(os.getpid()))
    assert {labels["result"]: number for labels, number in told} == {
        "taken": 1,
        "ignored": 2,
        "refused": 1,
        "failed": 0,
    }


def test_an_event_that_the_database_does_not_take_has_failed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(client)

    def fail(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(answering, "apply", fail)
    assert engine.job(1).status_code == 503
    assert value(client, "panoptes_events_total", result="failed") == 1


def test_the_time_of_each_event_is_in_one_bucket(client: FlaskClient) -> None:
    engine = Engine(client)
    for jobid in range(5):
        engine.job(jobid)
    told = values(client, "panoptes_event_duration_seconds_bucket")
    counts = [number for _, number in told]
    assert counts == sorted(counts)
    assert [labels["le"] for labels, _ in told] == [*map(str, BOUNDS), "+Inf"]
    assert counts[-1] == value(client, "panoptes_event_duration_seconds_count") == 5
    assert value(client, "panoptes_event_duration_seconds_sum") > 0


def test_a_bound_belongs_to_its_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panoptes.ingest.counters.perf_counter", lambda: 0.5)
    tally = EventCounters()
    tally.count("taken", 0.0)
    assert tally.read().buckets[BOUNDS.index(0.5)] == 1


def test_every_process_tells_the_same_of_workflows_and_jobs(
    client: FlaskClient, app: Flask, going_on: Engine
) -> None:
    other = create_app(Settings(db_url=database_url(app)))
    mine, its = families(client), families(other.test_client())
    with other.app_context():
        sql_engine().dispose()
    for name in mine.keys() - {"panoptes_events", "panoptes_event_duration_seconds"}:
        assert mine[name] == its[name]


def database_url(app: Flask) -> str:
    url: Any = sql_engine_of(app).url
    return str(url.render_as_string(hide_password=False))


# --- the format -----------------------------------------------------------------------------------


def test_every_metric_says_what_it_is(client: FlaskClient, going_on: Engine) -> None:
    text = client.get("/metrics").get_data(as_text=True)
    told = {
        kind: re.findall(rf"^# {kind} (\w+) (.+)$", text, re.MULTILINE) for kind in ("HELP", "TYPE")
    }
    assert [name for name, _ in told["HELP"]] == [name for name, _ in told["TYPE"]]
    assert all(words.endswith(".") for _, words in told["HELP"])
    assert {kind for _, kind in told["TYPE"]} == {"gauge", "counter", "histogram"}
    families_told = {name.removesuffix("_total") for name, _ in told["TYPE"]}
    assert families_told == set(families(client)), "A sample that no TYPE announces."


def test_names_are_as_prometheus_wants_them(client: FlaskClient, going_on: Engine) -> None:
    for name, family in families(client).items():
        assert re.fullmatch(r"panoptes(_[a-z]+)+", name)
        assert not OTHER_UNITS.search(name)
        assert any(name.endswith(f"_{unit}") for unit in UNITS) == (
            "duration" in name or name.startswith("panoptes_database_")
        )
        is_counter = all(sample.name.endswith("_total") for sample in family.samples)
        assert is_counter == (family.type == "counter")


def test_no_series_is_told_twice(client: FlaskClient, going_on: Engine) -> None:
    Engine(client, "weekly").job(1, "align")
    series = Counter(
        (sample.name, *sorted(sample.labels.items()))
        for family in families(client).values()
        for sample in family.samples
    )
    assert max(series.values()) == 1


def test_openmetrics_is_told_to_who_asks_for_it(client: FlaskClient, going_on: Engine) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.content_type.startswith("application/openmetrics-text")
    found = list(openmetrics.text_string_to_metric_families(answer.get_data(as_text=True)))
    assert {family.name for family in found} >= {"panoptes_jobs", "panoptes_events"}


def test_others_get_the_old_text(client: FlaskClient) -> None:
    assert client.get("/metrics").content_type.startswith("text/plain; version=0.0.4")


def test_prometheus_comes_with_a_token_that_may_look(client: FlaskClient, tokens: Tokens) -> None:
    me = tokens.headers("prometheus", "view")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=me).status_code == 200


def test_the_start_does_not_load_the_library() -> None:
    code = "import sys, panoptes.app; print('prometheus_client' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"
