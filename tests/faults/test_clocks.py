"""Clocks that are wrong, set back or jump, and events that come late, early and twice."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devtools.replay import Request, requests
from tests.conftest import Clock
from tests.engine import Engine
from tests.recorded import EXPECTED, FOLDER, send
from tests.test_recordings import TIMED, end_state, true_end

pytestmark = pytest.mark.slow

DAY = 24 * 3600
KEYS = st.integers(0, 2)
EVENTS = st.one_of(
    st.tuples(st.just("job_info"), st.fixed_dictionaries({"jobid": KEYS, "name": st.just("sort")})),
    st.tuples(st.just("job_started"), st.fixed_dictionaries({"jobs": st.lists(KEYS, max_size=2)})),
    st.tuples(st.just("job_finished"), st.fixed_dictionaries({"jobid": KEYS})),
    st.tuples(
        st.just("job_error"), st.fixed_dictionaries({"jobid": KEYS, "name": st.just("sort")})
    ),
    st.tuples(st.just("info"), st.just({"msg": "Complete log: x"})),
    st.tuples(st.just("error"), st.just({"msg": "RuleException"})),
)
# How wrong the client's clock is (None: it tells no time), and how far ours moves.
WRONG = st.none() | st.floats(-400 * DAY, 400 * DAY) | st.sampled_from([0.0, -1e12, 1e12])
MOVES = st.floats(-3 * DAY, 3 * DAY) | st.sampled_from([0.0, -3600.0, 0.5])
# Scenarios with one workflow; what a dry run tells comes from one thread.
ENDED = {
    client: [
        scenario
        for scenario in EXPECTED[client]
        if len(EXPECTED[client][scenario]["workflows"]) == 1 and scenario != "dryrun"
    ]
    for client in EXPECTED
}
Placed = list[tuple[float, Request]]
STEPS = st.lists(st.tuples(EVENTS, WRONG, MOVES), max_size=15)


@given(STEPS)
@example(
    [
        (("job_info", {"jobid": 0, "name": "sort"}), None, 0.0),
        (("job_info", {"jobid": 1, "name": "sort"}), None, 0.0),
        # With the time or without it, it is what Snakemake 9 sends: its text came before.
        (("job_error", {"jobid": 0, "name": "sort"}), 0.0, 0.0),
        (("error", {"msg": "RuleException"}), None, 0.0),
    ]
)
@settings(max_examples=40)
def test_no_clock_makes_a_duration_negative_or_changes_a_state(
    client: FlaskClient, time: Clock, steps: list[tuple[Any, float | None, float]]
) -> None:
    right, wrong = Engine(client), Engine(client)
    for (level, told), _, _ in steps:
        right.send(level, **told)
    for number, ((level, told), off, move) in enumerate(steps):
        # The same words at the same time would be a copy.
        stamp = {} if off is None else {"timestamp": time.now.timestamp() + off + number / 1000}
        assert wrong.send(level, **told, **stamp).status_code == 200
        time.move(seconds=move)
    assert [each for each in durations(wrong) if each is not None and each < 0] == []
    assert states(wrong) == states(right)
    for page in ("", "/timeline", "/jobs.csv"):
        assert client.get(f"/workflow/{wrong.id}{page}").status_code == 200


def durations(engine: Engine) -> Iterator[float | None]:
    yield engine.workflow["duration"]
    for job in engine.jobs.values():
        yield job["duration"]
        yield from (attempt["duration"] for attempt in job["attempts"])
    for rule in engine.rules.values():
        yield from (rule["median_duration"], rule["max_duration"])


def states(engine: Engine) -> tuple[Any, ...]:
    """Return all that isn't a time; how long a run was silent, only its clock can tell."""
    run = engine.workflow
    counts = {name: run[name] for name in run if name.startswith("jobs_")}
    status = run["status"].replace("Stale", "Running")
    jobs = {
        key: [attempt["status"] for attempt in job["attempts"]] for key, job in engine.jobs.items()
    }
    return status, counts, jobs


@pytest.mark.parametrize("name", sorted(ENDED))
def test_events_that_change_places_end_as_the_run_did(client: FlaskClient, name: str) -> None:
    """Several threads of a client send; neighbours may arrive the other way round."""
    chance = Random(name)

    def shaken(told: Placed) -> Placed:
        return [(at + chance.uniform(0, 2), request) for at, request in told]

    assert endings(client, name, shaken) == true_endings(name)


@pytest.mark.parametrize("name", sorted(ENDED.keys() & {client for client, _ in TIMED}))
def test_copies_that_come_later_end_as_the_run_did(client: FlaskClient, name: str) -> None:
    """Snakemake 8 sends all twice; up to five other events were seen between the two."""
    chance = Random(name)

    def doubled(told: Placed) -> Placed:
        return told + [(at + chance.uniform(0, 6), request) for at, request in told]

    assert endings(client, name, doubled) == true_endings(name)


def endings(
    client: FlaskClient, name: str, disorder: Callable[[Placed], Placed]
) -> dict[str, dict[str, Any]]:
    """Return how the recordings end when their events come in another order."""
    found = {}
    for scenario in ENDED[name]:
        told = list(requests(FOLDER / name / f"{scenario}.jsonl"))
        before = [each for each in told if each.method != "POST"]
        events = disorder([(at, each) for at, each in enumerate(told) if each.method == "POST"])
        in_order = [each for _, each in sorted(events, key=lambda event: event[0])]
        replayed = send(client, before + in_order)
        assert {answer.status_code for answer in replayed.answers} == {200}
        found[scenario] = brief(end_state(client, replayed.ids[0]))
    return found


def true_endings(name: str) -> dict[str, dict[str, Any]]:
    return {
        scenario: brief(true_end(EXPECTED[name][scenario]["workflows"][0]))
        for scenario in ENDED[name]
    }


def brief(end: dict[str, Any]) -> dict[str, Any]:
    """Leave out what order itself tells: which error was the first, how often a job began."""
    jobs = [{**job, "attempts": None} for job in end["jobs"]]
    return {**end, "jobs": jobs, "error_texts": sorted(end["error_texts"])}
