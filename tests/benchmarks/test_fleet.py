"""Runs that report at once: that what is sent is what engines send; nothing here is timed."""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

import pytest
from flask import Flask

from benchmarks import cost, fleet, processor, runs
from benchmarks.engines import Batches, Snakemake8, Tally, Teller
from benchmarks.load import Answer

STORIES = (
    runs.snakemake_8,
    runs.snakemake_9,
    runs.nextflow,
    runs.cwltool,
    runs.miniwdl,
    runs.program,
)


def teller(
    make: Callable[..., Teller] = Batches, jobs: int = 6, name: str = "made-up", **how: Any
) -> Teller:
    return make(runs.make_run(name, jobs, 600.0, **how), 0.0, 1.0, Tally())


# --- what is sent ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_of_every_engine_ends_in_its_true_state(app: Flask, fails: bool) -> None:
    web = app.test_client()
    for place, (name, make) in enumerate(cost.ENGINES.items()):
        run = runs.make_run(f"run-{place}", 6, 600.0, fails=fails)
        told = make(run, 0.0, 1.0, Tally(), listening=inf)
        for _ in cost.replay(app, told):
            pass
        assert told.is_over
        assert {*told.tally.statuses} <= {200, 201}, name
        found = web.get(f"/api/workflow/{told.workflow}").get_json()["workflow"]
        wanted = {"name": run.name, "status": "Error" if fails else "Done"}
        wanted |= {"jobs_done": 6 - fails, "jobs_failed": int(fails), "jobs_running": 0}
        assert {each: found[each] for each in wanted} == wanted, name


@pytest.mark.parametrize("story", STORIES)
def test_what_is_told_is_in_order_and_ends_with_all_jobs_done(story: runs.Story) -> None:
    told = [*story(runs.make_run("made-up", 30, 3600.0), lambda at: 1.8e9 + at)]
    moments = [each.at for each in told]
    assert moments == sorted(moments)
    assert moments[-1] <= 3600
    assert told[-1].done == 30


def test_snakemake_8_sends_each_event_twice_and_alone(app: Flask) -> None:
    told = teller(Snakemake8)
    events = len([*runs.snakemake_8(told.run, told.clock)])
    assert len([*cost.replay(app, told)]) == 3 + 2 * events


def test_batches_are_sent_when_something_happened_or_after_a_while(app: Flask) -> None:
    alone = teller(partial(Batches, listening=60.0), jobs=1)
    [job] = alone.run.jobs
    assert job.end < 590 < alone.run.seconds
    # The registration, what is told at once, the job's begin, its end, and the run's.
    happens = 5
    assert happens <= len([*cost.replay(app, alone)]) <= happens + 600 / 60


def test_a_batch_that_is_refused_is_sent_again() -> None:
    told = teller(Batches)
    sent = []
    for status in (201, 503, 503, 200):
        told.client.sent = told.client.next_due() if told.client.next_due and sent else 0.0
        sent.append(next(told.client.requests))
        told.client.received = b'\r\n\r\n{"id": 1}'
        assert told.client.on_answer is not None
        told.client.on_answer(Answer(b"HTTP/1.1 %d" % status, 0, 0.0, told.client.sent))
    batches = [json.loads(each.partition(b"\r\n\r\n")[2]) for each in sent[1:]]
    assert [each["first"] for each in batches] == [1, 1, 1]
    assert [len(each["events"]) for each in batches] == [7, 7, 7]


# --- who looks ------------------------------------------------------------------------------------


def test_an_onlooker_sees_what_was_told_no_sooner_than_it_is_shown() -> None:
    told = teller()
    told.workflow, told.done = "7", [(1, 0.5), (2, 0.75), (3, 5.0)]
    looks = fleet.Onlooker(told, "/api/{}", fleet.SHOWN[fleet.API], Tally(), lambda: False, 0.0)
    looks.client.received = b'\r\n\r\n{"jobs_done":2}'
    assert looks.client.on_answer is not None
    looks.client.on_answer(Answer(b'HTTP/1.1 200 OK\r\nETag: "a"', 0, 0.0, at=1.0))
    assert looks.lags == [0.5, 0.25]
    assert looks.unseen == 1
    assert b'If-None-Match: "a"' in next(looks.client.requests)


def test_pages_and_api_show_how_many_jobs_are_done(app: Flask) -> None:
    for name, fails in (("good", False), ("bad", True)):
        told = teller(partial(Batches, listening=inf), name=name, fails=fails)
        for _ in cost.replay(app, told):
            pass
        for where, path in fleet.PATHS.items():
            body = app.test_client().get(path.format(told.workflow)).data
            found = fleet.SHOWN[where].search(body)
            assert found is not None
            assert int(found[1]) == 6 - fails


def test_what_a_process_used_is_found(tmp_path: Any) -> None:
    used = time.process_time()
    assert processor.used(os.getpid())[os.getpid()] >= used - 0.1


# --- the whole ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_run_of_a_small_fleet_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "GRACE", 0.0)
    plan = fleet.Plan(runs=12, jobs=4, minutes=0.05, pages=1)
    with fleet.places(0) as place:
        found = fleet.simulate(plan, place)
    assert found.wrong == []
    assert {*found.tallies} == {*fleet.KINDS}
    assert all(tally.seconds for tally in found.tallies.values())
    assert {*found.pages.statuses} <= {200, 304}
    assert len(fleet.section(plan, [found]).summary) == 5
