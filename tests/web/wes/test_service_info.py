"""What WES's service-info says."""

from flask.testing import FlaskClient

from panoptes.web.ga4gh import WES
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.wes.asking import get
from tests.web.wes.test_runs import begin, done


def counts(client: FlaskClient, **headers: str) -> dict[str, int]:
    told = get(client, "/service-info", "ServiceInfo", **headers)["system_state_counts"]
    return {state: number for state, number in told.items() if number}


def test_it_says_that_nothing_can_be_started(client: FlaskClient) -> None:
    told = get(client, "/service-info", "ServiceInfo")
    assert told["type"] == {"group": "org.ga4gh", "artifact": "wes", "version": "1.1.0"}
    assert told["supported_wes_versions"] == ["1.1.0"]
    assert set(told["workflow_type_versions"]) == {"CWL", "NFL", "SMK", "WDL"}
    assert {"cwltool", "nextflow", "snakemake"} <= set(told["workflow_engine_versions"])
    known = [told[f"workflow_{each}_versions"].values() for each in ("type", "engine")]
    accepted = [versions for each in known for of_one in each for versions in of_one.values()]
    assert accepted == [[]] * len(accepted)
    assert "neither started nor cancelled" in told["tags"]["read_only"]


def test_it_counts_all_runs_by_their_states(client: FlaskClient, time: Clock) -> None:
    assert counts(client) == {}
    begin(client, "stale")
    time.move(hours=49)
    for _ in range(3):
        done(client, "nightly")
    begin(client, "failed").failed(1)
    begin(client, "running")
    Engine(client, "nothing").info("Nothing to be done.")
    assert counts(client) == {"UNKNOWN": 1, "COMPLETE": 4, "EXECUTOR_ERROR": 1, "RUNNING": 1}


def test_it_leaves_out_what_is_deleted(client: FlaskClient, time: Clock) -> None:
    begin(client, "stale")
    time.move(hours=49)
    for _ in range(3):
        nightly = done(client, "nightly")
    gone = done(client, "gone")
    client.delete(f"/api/workflow/{nightly.id}/runs/1")
    assert counts(client) == {"UNKNOWN": 1, "COMPLETE": 3}
    client.delete(f"/api/workflow/{gone.id}")
    assert counts(client) == {"UNKNOWN": 1, "COMPLETE": 2}
    client.delete("/api/workflows/all")
    assert counts(client) == {}
    client.post("/api/workflows/restore")
    assert counts(client)["COMPLETE"] >= 2


def test_how_many_runs_there_are_is_for_those_who_may_see_them(
    client: FlaskClient, tokens: Tokens
) -> None:
    done(client, "nightly")
    viewer, reporter = tokens.headers("me", "view"), tokens.headers("engine", "report")
    assert counts(client, **viewer) == {"COMPLETE": 1}
    assert counts(client, **reporter) == {}
    assert counts(client) == {}
    assert client.get(f"{WES}/runs").status_code == 401


def test_it_says_where_to_learn_how_to_get_a_token(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "admin")
    page = client.get(get(client, "/service-info", "ServiceInfo")["auth_instructions_url"])
    assert page.status_code == 200
    assert "panoptes token add" in page.text
