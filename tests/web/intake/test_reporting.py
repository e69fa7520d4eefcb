"""Whose reports of a run count, and that a client under way is never cut off."""

import logging
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.common.rate_limited_log import RateLimitedLog
from panoptes.ingest.apply import NOT_ALLOWED, OK
from panoptes.web.api.workflows import NOT_YOURS, RUNS_OF_OTHERS
from panoptes.web.guard import token_cache
from panoptes.web.intake import answering
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Headers, Tokens, basic, bearer

HARMLESS = 400


@pytest.fixture
def admin(tokens: Tokens) -> Headers:
    """Somebody who may look."""
    return tokens.headers("admin", "admin")


def jobs_of(engine: Engine, admin: Headers) -> int:
    found = engine.web.get(f"/api/workflow/{engine.id}/jobs", headers=admin)
    return int(found.get_json()["count"])


# --- registering ----------------------------------------------------------------------------------


@pytest.mark.parametrize("send", [bearer, basic])
@pytest.mark.parametrize("role", ["report", "admin"])
def test_a_run_belongs_to_the_token_that_registered_it(
    client: FlaskClient, tokens: Tokens, send: Callable[[str], Headers], role: str
) -> None:
    created = client.get("/create_workflow", headers=send(tokens.add("lea", role))).get_json()
    assert created["owner"] == "lea"


def test_without_tokens_a_run_belongs_to_nobody(client: FlaskClient) -> None:
    for headers in ({}, bearer("left over in the environment")):
        assert client.get("/create_workflow", headers=headers).get_json()["owner"] is None


def test_each_run_of_a_workflow_has_its_own_owner(client: FlaskClient, tokens: Tokens) -> None:
    first = Engine(client, "nightly", tokens.headers("lea"))
    first.progress(1, 1)
    second = Engine(client, "nightly", tokens.headers("kim"))
    assert second.id == first.id
    admin = tokens.headers("admin", "admin")
    runs = client.get(f"/api/workflow/{first.id}/runs", headers=admin).get_json()["runs"]
    assert [run["owner"] for run in runs] == ["kim", "lea"]


def test_a_session_registers_nothing(client: FlaskClient, tokens: Tokens) -> None:
    """A link in another site's page would have it with it."""
    secret = tokens.add("admin", "admin")
    sign_in(client, secret)
    assert client.get("/api/workflows").status_code == 200
    assert client.get("/create_workflow").status_code == 401


def sign_in(client: FlaskClient, secret: str) -> None:
    page = client.get("/login").text
    mark = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/login", data={"csrf_token": mark, "token": secret})
    assert answer.status_code == 303


# --- reporting ------------------------------------------------------------------------------------


def test_an_update_with_its_owners_token_counts(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.job(1)
    assert jobs_of(engine, admin) == 1


@pytest.mark.parametrize("role", ["report", "admin"])
def test_an_update_with_any_valid_token_counts(
    client: FlaskClient, tokens: Tokens, admin: Headers, role: str
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.headers = tokens.headers("kim", role)
    engine.job(1)
    assert jobs_of(engine, admin) == 1


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_the_owners_token_counts_to_the_end_of_the_run(
    client: FlaskClient, tokens: Tokens, admin: Headers, time: Clock, end: str
) -> None:
    engine = Engine(client, headers=tokens.headers("lea", days=1 if end == "expired" else None))
    time.move(days=2)
    if end == "revoked":
        tokens.revoke("lea")
    assert client.get("/create_workflow", headers=engine.headers).status_code == 401
    engine.job(1)
    engine.progress(1, 1)
    told = client.get(f"/api/workflow/{engine.id}", headers=admin).get_json()["workflow"]
    assert told["status"] == "Done"


def test_a_run_from_before_there_were_tokens_goes_on_without(
    client: FlaskClient, tokens: Tokens
) -> None:
    engine = Engine(client)
    admin = tokens.headers("admin", "admin")
    engine.job(1)
    assert jobs_of(engine, admin) == 1
    assert client.get("/create_workflow").status_code == 401


def ignored(engine: Engine, admin: Headers) -> bool:
    """Report a job; return whether it was ignored, which harms no client."""
    before = jobs_of(engine, admin)
    answer = engine.job(77)
    assert answer.status_code == 200
    is_ignored = answer.get_json()["msg"] == NOT_ALLOWED
    assert jobs_of(engine, admin) == before + (not is_ignored)
    return is_ignored


def test_an_update_without_a_token_is_ignored(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    for headers in ({}, bearer("guessed"), basic("guessed")):
        engine.headers = headers
        assert ignored(engine, admin)


def test_of_a_stranger_nothing_is_read(client: FlaskClient, tokens: Tokens) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    put = f"/api/workflow/{engine.id}"
    for headers in ({}, bearer("guessed"), tokens.headers("wall", "view")):
        answer = client.post("/update_workflow_status", data="[[[", headers=headers)
        assert (answer.status_code, answer.get_json()["msg"]) == (200, NOT_ALLOWED)
    for headers in ({}, bearer("guessed")):
        assert client.put(put, data="[[[", headers=headers).get_json()["msg"] == NOT_YOURS
    assert client.post(
        "/update_workflow_status", data="[[[", headers=engine.headers
    ).status_code == (HARMLESS)


def test_events_without_a_token_are_read_while_there_is_a_run_without_an_owner(
    client: FlaskClient, tokens: Tokens, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH_FOR_OWNERLESS", 0.0)
    engine = Engine(client)
    owned = Engine(client, "owned", tokens.headers("lea"))

    def is_read() -> bool:
        answer = client.post("/update_workflow_status", data={"id": engine.id, "msg": "broken"})
        assert answer.status_code in (200, HARMLESS)
        return answer.status_code == HARMLESS

    time.move(days=30)
    assert is_read()
    engine.progress(1, 1)
    time.move(hours=1)
    assert is_read(), "What comes late counts."
    time.move(days=2)
    assert not is_read()
    assert owned.progress(1, 1).get_json()["msg"] == OK


def test_an_ignored_update_is_not_taken_for_the_first_of_two(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    """Snakemake 8 sends everything twice; a stranger must not swallow what it sends."""
    lea = tokens.headers("lea")
    engine = Engine(client, headers=lea)
    event = {"jobid": 1, "name": "align", "timestamp": 1_795_424_400.5}
    engine.headers = {}
    assert engine.send("job_info", **event).get_json()["msg"] == NOT_ALLOWED
    engine.headers = lea
    assert engine.send("job_info", **event).get_json()["msg"] == OK
    assert jobs_of(engine, admin) == 1


def test_an_update_with_a_token_that_may_only_look_is_ignored(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.headers = tokens.headers("wall", "view")
    assert ignored(engine, admin)


def test_a_revoked_token_counts_for_no_run_of_others(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.headers = tokens.headers("kim")
    tokens.revoke("kim")
    assert ignored(engine, admin)


def test_a_revoked_token_counts_for_no_run_that_came_after_it(
    client: FlaskClient, tokens: Tokens, admin: Headers, time: Clock
) -> None:
    """Its name has a new token, perhaps because it was stolen."""
    stolen = tokens.headers("lea")
    before = Engine(client, headers=stolen)
    time.move(hours=1)
    tokens.revoke("lea")
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.headers = stolen
    assert ignored(engine, admin)
    assert not ignored(before, admin)


def test_a_new_token_that_is_revoked_counts_for_no_run_that_was_before_it(
    client: FlaskClient, tokens: Tokens, admin: Headers, time: Clock
) -> None:
    engine = Engine(client, headers=tokens.headers("lea"))
    tokens.revoke("lea")
    time.move(hours=1)
    engine.headers = tokens.headers("lea")
    tokens.revoke("lea")
    assert ignored(engine, admin)


def test_a_session_reports_nothing(client: FlaskClient, tokens: Tokens) -> None:
    secret = tokens.add("admin", "admin")
    engine = Engine(client, headers=bearer(secret))
    sign_in(client, secret)
    engine.headers = {}
    assert ignored(engine, bearer(secret))


def test_of_many_ignored_updates_one_is_logged(
    client: FlaskClient,
    tokens: Tokens,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(
        answering, "refused", RateLimitedLog(logging.getLogger("panoptes.web.intake.answering"))
    )
    engine = Engine(client, headers=tokens.headers("lea"))
    engine.headers = {}
    for jobid in range(5):
        engine.job(jobid)
    (line,) = caplog.messages
    assert line.startswith("Ignored an event from ")


# --- the PUT of Snakemake 8 -----------------------------------------------------------------------


def rename(engine: Engine, headers: Headers, name: str = "weekly") -> TestResponse:
    answer = engine.web.put(f"/api/workflow/{engine.id}", json={"name": name}, headers=headers)
    assert answer.status_code in (200, HARMLESS), "401, 403, 404 and 500 end a Snakemake 8."
    return answer


def test_the_owner_of_a_run_renames_it(client: FlaskClient, tokens: Tokens) -> None:
    engine = Engine(client, "nightly", tokens.headers("lea"))
    assert rename(engine, engine.headers).get_json()["workflow"]["name"] == "weekly"
    tokens.headers("admin", "admin")
    tokens.revoke("lea")
    assert rename(engine, engine.headers, "monthly").status_code == 200


def test_nobody_renames_the_runs_of_others_by_a_run_of_their_own(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    lea = Engine(client, "nightly", tokens.headers("lea"))
    lea.progress(1, 1)
    kim = Engine(client, "nightly", tokens.headers("kim"))
    assert kim.id == lea.id
    assert rename(kim, kim.headers, "nightly").status_code == 200, "Snakemake 8 tells it again."
    refused = rename(kim, kim.headers, "mine")
    assert (refused.status_code, refused.get_json()["msg"]) == (HARMLESS, RUNS_OF_OTHERS)
    assert rename(kim, admin, "weekly").get_json()["workflow"]["name"] == "weekly"


def test_a_snakemake_that_has_no_name_to_tell_goes_on(client: FlaskClient, tokens: Tokens) -> None:
    engine = Engine(client, "nightly", tokens.headers("lea"))
    answer = client.put(f"/api/workflow/{engine.id}", json={}, headers=engine.headers)
    assert answer.get_json()["workflow"]["name"] == "nightly"


def test_others_rename_nothing_and_learn_nothing(
    client: FlaskClient, tokens: Tokens, admin: Headers
) -> None:
    engine = Engine(client, "nightly", tokens.headers("lea"))
    gone = tokens.headers("gone")
    tokens.revoke("gone")
    kim, wall = tokens.headers("kim"), tokens.headers("wall", "view")
    for headers in ({}, bearer("guessed"), gone, kim, wall):
        for name in ("weekly", "nightly"):
            answer = rename(engine, headers, name)
            assert answer.status_code == HARMLESS
            assert "workflow" not in answer.get_json()
        unknown = client.put("/api/workflow/999", json={}, headers=headers)
        assert unknown.status_code == HARMLESS
        assert unknown.get_json() == answer.get_json()
    told = client.get(f"/api/workflow/{engine.id}", headers=admin).get_json()["workflow"]
    assert told["name"] == "nightly"
    assert rename(engine, admin).status_code == 200


def test_a_run_without_an_owner_is_renamed_by_an_admin_only(
    client: FlaskClient, tokens: Tokens
) -> None:
    engine = Engine(client, "nightly")
    admin, lea = tokens.headers("admin", "admin"), tokens.headers("lea")
    assert rename(engine, {}).status_code == HARMLESS
    assert rename(engine, lea).status_code == HARMLESS
    assert rename(engine, admin).status_code == 200


# --- whose workflows ------------------------------------------------------------------------------


def test_the_list_is_filtered_by_owner(client: FlaskClient, tokens: Tokens, admin: Headers) -> None:
    for name in ("lea", "kim"):
        Engine(client, f"of-{name}", tokens.headers(name))
    for owner, names in {"lea": ["of-lea"], "le": [], "": ["of-lea", "of-kim"]}.items():
        told = client.get(f"/api/workflows?owner={owner}", headers=admin).get_json()
        assert [each["name"] for each in told["workflows"]] == names
        assert told["count"] == len(names)
