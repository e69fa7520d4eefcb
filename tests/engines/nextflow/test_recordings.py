"""What real Nextflows sent ends as what really happened, in whatever way it arrives."""

import itertools

import pytest
from flask.testing import FlaskClient

from panoptes.queries.database import faults
from tests.engines.nextflow.recorded import (
    EXPECTED,
    Player,
    end_state,
    neighbours_swapped,
    recording,
    renamed,
    true_end,
)

PROTOCOLS = [(version, protocol) for version in EXPECTED for protocol in EXPECTED[version]]


@pytest.mark.parametrize(("version", "protocol"), PROTOCOLS)
def test_a_recording_ends_as_the_run_did_and_stands_right_wherever_it_is_cut_off(
    client: FlaskClient, version: str, protocol: str
) -> None:
    for scenario, expected in EXPECTED[version][protocol].items():
        player, done = Player(client), 0
        requests = recording(version, protocol, scenario)
        ends = [number for number, each in enumerate(requests) if _is_end(each.body)]
        for number, request in enumerate(requests):
            player.send(request)
            run = player.run
            assert done <= run["jobs_done"] <= expected["done"], scenario
            if number < (ends[0] if ends else len(requests)):
                assert run["completed_at"] is None, (scenario, number)
            done = run["jobs_done"]
        assert end_state(player) == true_end(expected), scenario
        assert (expected["error"] or "") in (player.run["error"] or "") or (
            expected["error"].strip() in player.run["error"]
        ), scenario
    _assert_sound(client)


@pytest.mark.parametrize(("version", "protocol"), PROTOCOLS)
def test_repeated_and_swapped_requests_and_those_of_other_runs_change_no_end(
    client: FlaskClient, version: str, protocol: str
) -> None:
    first = 1 if protocol == "tower" else 0
    other = recording(version, protocol, "retry")
    for scenario, expected in EXPECTED[version][protocol].items():
        requests = recording(version, protocol, scenario)
        ways = {
            "twice": [each for each in renamed(requests, "twice") for _ in range(2)],
            "swapped": list(neighbours_swapped(renamed(requests, "swapped"), first)),
            "swapped later": list(neighbours_swapped(renamed(requests, "later"), first + 1)),
        }
        for way, sent in ways.items():
            player = Player(client).play(sent)
            assert end_state(player) == true_end(expected), (scenario, way)
        mixed = Player(client), Player(client)
        runs = renamed(requests, "mixed"), renamed(other, f"beside {scenario}")
        for pair in itertools.zip_longest(*runs):
            for player, request in zip(mixed, pair, strict=True):
                if request is not None:
                    player.send(request)
        ends = expected, EXPECTED[version][protocol]["retry"]
        for player, end in zip(mixed, ends, strict=True):
            assert end_state(player) == true_end(end), (scenario, "mixed")
    _assert_sound(client)


def _is_end(body: str) -> bool:
    return '"errorReport"' in body and '"processNames"' not in body and '"started"' not in body


def _assert_sound(client: FlaskClient) -> None:
    with client.application.app_context():
        assert list(faults()) == []
