"""What Nextflow sums up at its end is what its tasks said: none of it has to be kept."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.engines.terms import terms
from tests.engines.nextflow.recorded import EXPECTED, Player, recording

# Nextflow's name of a figure -> ours, and how much of ours one of theirs is.
FIGURES = {"mem": ("memory", 1), "cpu": ("cores", 100), "time": ("seconds", 1000)}
QUARTILES = {"min": "least", "q1": "lower", "q2": "median", "q3": "upper", "max": "most"}
SUMS = {"reads": "read_bytes", "writes": "written_bytes"}


@pytest.mark.parametrize("version", EXPECTED)
def test_the_resources_of_a_process_are_those_of_nextflow_s_own_report(
    client: FlaskClient, version: str
) -> None:
    for scenario in ("ok", "subwf"):
        requests = recording(version, "tower", scenario)
        player = Player(client).play(requests)
        run = player.run
        address = f"/api/workflow/{run['id']}/resources?run={run['run']}"
        rules = client.get(address).get_json()["rules"]
        # It names them without what holds them.
        found = {terms("nextflow").own_name(rule["name"])[0]: rule for rule in rules}
        metrics: list[dict[str, Any]] = json.loads(requests[-1].body)["metrics"]
        assert metrics
        for told in metrics:
            rule = found[told["process"]]
            for theirs, (ours, factor) in FIGURES.items():
                if told[theirs] is None:
                    assert rule[ours]["used"] is None
                    continue
                for name, place in QUARTILES.items():
                    wanted = told[theirs][name] / factor
                    assert rule[ours]["recent"][place] == pytest.approx(wanted, rel=0.01), told
            for theirs, ours in SUMS.items():
                mean = rule[ours] / rule["jobs"]
                assert mean == pytest.approx(told[theirs]["mean"], rel=0.001), told
