"""Who may do what: each route by each kind of visitor."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.config.settings import Settings
from panoptes.models.token import RIGHTS, Right, Role
from panoptes.web.guard import token_cache
from panoptes.web.services import services_of
from tests.conftest import serve
from tests.engine import Engine
from tests.tokens import Headers, Tokens, basic, bearer
from tests.web.pages.document import Document

OPEN = None
# What each route needs. Reporting and renaming look at the run: see test_reporting.py and
# test_batches.py; whose the workflow is, which a member changes: see test_members.py.
NEEDS: dict[str, Right | None] = {
    "GET /api/service-info": OPEN,
    "GET /api/openapi.json": OPEN,
    "GET /api/docs": OPEN,
    "GET /create_workflow": Right.REPORT,
    "POST /update_workflow_status": OPEN,
    "POST /api/tower/trace/create": Right.REPORT,
    "PUT /api/tower/trace/1/begin": OPEN,
    "PUT /api/tower/trace/1/progress": OPEN,
    "PUT /api/tower/trace/1/heartbeat": OPEN,
    "PUT /api/tower/trace/1/complete": OPEN,
    "POST /api/weblog": OPEN,
    "POST /api/runs": Right.REPORT,
    "POST /api/runs/1/events": Right.REPORT,
    "PUT /api/workflow/1": OPEN,
    "GET /api/workflows": Right.READ,
    "GET /api/who": Right.READ,
    "GET /api/workflow/1": Right.READ,
    "GET /api/workflow/1/jobs": Right.READ,
    "GET /api/workflow/1/job/1": Right.READ,
    "GET /api/workflow/1/compare": Right.READ,
    "GET /api/workflow/1/history": Right.READ,
    "GET /api/workflow/1/resources": Right.READ,
    "GET /api/workflow/1/job/1/log": Right.READ,
    "GET /api/workflow/1/rules": Right.READ,
    "GET /api/workflow/1/stats.json": Right.READ,
    "GET /api/workflow/1/messages": Right.READ,
    "GET /api/workflow/1/runs": Right.READ,
    "POST /api/workflow/1/stop": Right.CHANGE_OWN,
    "POST /api/workflow/1/cancel": Right.CHANGE_OWN,
    "DELETE /api/workflow/1/cancel": Right.CHANGE_OWN,
    "POST /api/workflow/1/join": Right.CHANGE_OWN,
    "PUT /api/workflow/1/pin": Right.CHANGE_OWN,
    "DELETE /api/workflow/1/pin": Right.CHANGE_OWN,
    "POST /api/workflow/1/restore": Right.CHANGE_OWN,
    "PUT /api/workflow/1/seen": Right.CHANGE_OWN,
    "PUT /api/workflow/1/runs/1": Right.CHANGE_OWN,
    "DELETE /api/workflow/1/runs/1": Right.CHANGE_OWN,
    "POST /api/workflow/1/runs/1/restore": Right.CHANGE_OWN,
    "DELETE /api/workflow/1/seen": Right.CHANGE_OWN,
    "POST /api/workflows/restore": Right.CHANGE,
    "DELETE /api/workflow/1": Right.CHANGE_OWN,
    "DELETE /api/workflows/all": Right.CHANGE,
    "GET /ga4gh/wes/v1/service-info": OPEN,
    "GET /ga4gh/wes/v1/runs": Right.READ,
    "GET /ga4gh/wes/v1/runs/1": Right.READ,
    "GET /ga4gh/wes/v1/runs/1/status": Right.READ,
    "GET /ga4gh/wes/v1/runs/1/log": Right.READ,
    "GET /ga4gh/wes/v1/runs/1/tasks": Right.READ,
    "GET /ga4gh/wes/v1/runs/1/tasks/1": Right.READ,
    "GET /ga4gh/wes/v1/runs/1/tasks/1/log": Right.READ,
    "POST /ga4gh/wes/v1/runs": Right.READ,
    "POST /ga4gh/wes/v1/runs/1/cancel": Right.READ,
    "GET /metrics": Right.READ,
    "GET /": Right.READ,
    "GET /wall": Right.READ,
    "GET /workflows/": Right.READ,
    "GET /workflow/1": Right.READ,
    "GET /workflow/1/job/1": Right.READ,
    "GET /workflow/1/timeline": Right.READ,
    "GET /workflow/1/graph": Right.READ,
    "GET /workflow/1/samples": Right.READ,
    "GET /workflow/1/compare": Right.READ,
    "GET /workflow/1/history": Right.READ,
    "GET /workflow/1/resources": Right.READ,
    "GET /workflow/1/jobs.csv": Right.READ,
    "GET /workflow/1/history.csv": Right.READ,
    "GET /workflow/1/history.tsv": Right.READ,
    "GET /workflow/1/compare.csv": Right.READ,
    "GET /workflow/1/compare.tsv": Right.READ,
    "GET /workflow/1/jobs.json": Right.READ,
    "GET /feed.atom": Right.READ,
    "GET /feed/1.atom": Right.READ,
    "GET /badge/1.svg": Right.READ,
    "GET /workflow/1/badge.svg": Right.READ,
    "GET /workflow/1/jobs.tsv": Right.READ,
    "GET /workflow/1/report.html": Right.READ,
    "GET /search": Right.READ,
    "GET /searchResults": Right.READ,
    "GET /about": Right.READ,
    "GET /workflow/1/rename": Right.CHANGE_OWN,
    "GET /workflow/1/notes": Right.CHANGE_OWN,
    "POST /workflow/1/notes": Right.CHANGE_OWN,
    "GET /workflow/1/stop": Right.CHANGE_OWN,
    "GET /workflow/1/cancel": Right.CHANGE_OWN,
    "GET /workflow/1/delete": Right.CHANGE_OWN,
    "GET /workflows/delete-all": Right.CHANGE,
    "GET /workflows/cancel-selected": Right.CHANGE_OWN,
    "GET /workflows/delete-selected": Right.CHANGE_OWN,
    "POST /workflow/1/rename": Right.CHANGE_OWN,
    "POST /workflow/1/pin": Right.CHANGE_OWN,
    "POST /workflow/1/unpin": Right.CHANGE_OWN,
    "POST /workflows/restore": Right.CHANGE_OWN,
    "POST /workflow/1/stop": Right.CHANGE_OWN,
    "POST /workflow/1/cancel": Right.CHANGE_OWN,
    "POST /workflow/1/undo-cancel": Right.CHANGE_OWN,
    "POST /workflow/1/join": Right.CHANGE_OWN,
    "POST /workflow/1/delete": Right.CHANGE_OWN,
    "POST /workflow/1/seen": Right.CHANGE_OWN,
    "GET /workflow/1/delete-run": Right.CHANGE_OWN,
    "POST /workflow/1/delete-run": Right.CHANGE_OWN,
    "POST /workflow/1/restore-run": Right.CHANGE_OWN,
    "POST /workflow/1/unseen": Right.CHANGE_OWN,
    "POST /workflows/delete-all": Right.CHANGE,
    "POST /workflows/cancel-selected": Right.CHANGE_OWN,
    "POST /workflows/delete-selected": Right.CHANGE_OWN,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "POST /logout": OPEN,
    "GET /static/1": OPEN,
    "GET /nothing": Right.READ,
    "GET /api/nothing": Right.READ,
    "POST /nothing": Right.CHANGE,
}
REFUSED = (401, 403)
# What signing in answers depends on the form (tests/web/pages/test_login.py), and what events of
# batches and of weblog are on the run (test_batches.py and test_weblog.py in tests/web/intake/). Of
# what nobody may start: tests/web/wes/test_refusals.py.
ELSEWHERE = (
    *("POST /login", "POST /logout", "POST /api/runs/1/events", "POST /api/weblog"),
    "POST /ga4gh/wes/v1/runs",
)
ROUTES = [route for route in NEEDS if route not in ELSEWHERE]


def routes(app: Flask) -> Iterator[str]:
    """Yield the app's routes as the table writes them."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        yield from (f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_the_table_has_every_route(app: Flask) -> None:
    unknown = {"GET /nothing", "GET /api/nothing", "POST /nothing"}
    # Events don't pass through Flask.
    assert set(routes(app)) == set(NEEDS) - unknown


def end_a_run(client: FlaskClient, headers: Headers) -> None:
    """Register workflow 1, and report a job and its end."""
    run = Engine(client, "nightly", headers)
    run.job(1)
    run.finished(1)
    run.progress(1, 1)


@pytest.fixture
def askers(client: FlaskClient, tokens: Tokens) -> dict[str, Headers]:
    """What each kind of visitor says of himself; workflow 1 is the member's."""
    roles = {role.value: tokens.headers(role.value, role.value) for role in Role}
    end_a_run(client, roles["member"])
    revoked, expired = tokens.headers("gone", "admin"), tokens.headers("old", "admin", -1)
    tokens.revoke("gone")
    return {
        "stranger": {},
        "guesser": bearer("guessed"),
        "revoked": revoked,
        "expired": expired,
        **roles,
    }


def ask(client: FlaskClient, route: str, headers: Headers) -> tuple[int, str]:
    method, path = route.split()
    form = {"csrf_token": mark(client, headers)} if method == "POST" else None
    answer = client.open(path, method=method, data=form, headers=headers, buffered=True)
    return answer.status_code, answer.text


def mark(client: FlaskClient, headers: Headers) -> str:
    """Return the mark of a form that the visitor is shown, if any."""
    page = Document(client.get("/workflows/delete-selected", headers=headers))
    return str(page.hidden.get("csrf_token", ""))


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_is_for_those_who_have_its_right(
    client: FlaskClient, askers: dict[str, Headers], route: str
) -> None:
    needed = NEEDS[route]
    # Those who may change things come last, and find what they delete.
    for who, headers in askers.items():
        rights = RIGHTS[Role(who)] if who in list(Role) else frozenset()
        status, text = ask(client, route, headers)
        if route == "POST /api/runs/1/events":  # It depends on the runs who may report any.
            assert status == 400 or Right.REPORT not in rights, (who, text)
        elif needed is OPEN or needed in rights:
            assert status not in REFUSED, (who, text)
        elif rights:
            assert status == 403, (who, text)
            assert f"The token &#39;{who}&#39; can" in text or f"The token '{who}' can" in text
        else:
            assert status == 401, (who, text)


@pytest.mark.parametrize("route", ROUTES)
def test_without_tokens_each_route_is_for_everybody(client: FlaskClient, route: str) -> None:
    end_a_run(client, {})
    assert ask(client, route, {})[0] not in REFUSED


@pytest.mark.slow
def test_refused_visitors_have_changed_nothing(
    client: FlaskClient, askers: dict[str, Headers]
) -> None:
    before = client.get("/api/workflows", headers=askers["admin"]).get_json()
    for route in ROUTES:
        for who in ("stranger", "guesser", "revoked", "expired", "view"):
            ask(client, route, askers[who])
    assert client.get("/api/workflows", headers=askers["admin"]).get_json() == before


@pytest.mark.parametrize("send", [bearer, basic])
def test_a_token_comes_as_bearer_or_as_a_password(
    client: FlaskClient, tokens: Tokens, send: type
) -> None:
    secret = tokens.add("me", "view")
    assert client.get("/api/workflows", headers=send(secret)).status_code == 200
    assert client.get("/api/workflows", headers=send(secret[:-1])).status_code == 401
    assert client.get("/api/workflows", headers=send(secret + "x")).status_code == 401


@pytest.mark.parametrize(
    "told",
    [
        "Bearer",
        "Bearer ",
        "Basic",
        "Basic !!!",
        "Basic bWU=",
        "Basic bWU6",
        "Basic /////w==",
        "Digest username=me",
        "Negotiate x",
        "Bearer ü",
        "Bearer " + "x" * 100_000,
    ],
)
def test_what_is_no_token_is_refused_without_a_mistake(
    client: FlaskClient, tokens: Tokens, told: str
) -> None:
    tokens.add("me", "view")
    answer = client.get("/api/workflows", environ_overrides={"HTTP_AUTHORIZATION": told})
    assert answer.status_code == 401


def test_a_refusal_says_what_to_do(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "view")
    answer = client.get("/api/workflows")
    assert answer.get_json()["msg"].startswith("This panoptes requires a token")


def test_only_programs_are_asked_for_a_password(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "view")
    asked = client.get("/feed.atom", headers={"User-Agent": "Liferea/1.13"})
    assert asked.headers["WWW-Authenticate"] == 'Bearer realm="panoptes", Basic realm="panoptes"'
    asked = client.get("/feed.atom", headers={"User-Agent": "Mozilla/5.0 (X11; Linux)"})
    assert asked.headers["WWW-Authenticate"] == 'Bearer realm="panoptes"'


def test_registering_without_a_token_says_what_to_set(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "view")
    answer = client.get("/create_workflow")
    assert answer.status_code == 401
    assert "WMS_MONITOR_TOKEN" in answer.get_json()["msg"]
    assert answer.get_json()["id"] is None, "Snakemake 8 reads it before the status."


def test_a_token_that_just_came_to_be_is_known(app: Flask) -> None:
    """What was read before it was made is read again."""
    tokens = Tokens(app)
    tokens.add("first")
    client = app.test_client()
    assert client.get("/api/workflows").status_code == 401
    cache = services_of(app).tokens
    cache._snapshot = cache._snapshot._replace(
        read_at=token_cache.time.monotonic() - 2 * token_cache.FRESH_FOR_UNKNOWN
    )
    assert client.get("/api/workflows", headers=tokens.headers("me", "view")).status_code == 200


def test_a_token_in_the_address_of_a_page_is_none(client: FlaskClient, tokens: Tokens) -> None:
    """Addresses are logged, kept and passed on."""
    secret = tokens.add("me", "admin")
    for name in ("token", "access_token", "password"):
        assert client.get(f"/api/workflows?{name}={secret}").status_code == 401


def test_expired_tokens_do_not_open_the_server(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "admin", -1)
    assert client.get("/api/workflows").status_code == 401


def test_revoking_the_last_token_opens_the_server(client: FlaskClient, tokens: Tokens) -> None:
    tokens.add("me", "admin")
    assert client.get("/api/workflows").status_code == 401
    tokens.revoke("me")
    assert client.get("/api/workflows").status_code == 200


# --- read-only ------------------------------------------------------------------------------------


@pytest.fixture
def read_only(sqlite_url: str) -> Iterator[FlaskClient]:
    """A client of a server that changes nothing."""
    for app in serve(Settings(db_url=sqlite_url, read_only=True)):
        yield app.test_client()


@pytest.mark.parametrize(
    "route",
    [route for route, needed in NEEDS.items() if needed in (Right.CHANGE_OWN, Right.CHANGE)],
)
def test_a_read_only_server_changes_nothing(read_only: FlaskClient, route: str) -> None:
    Engine(read_only, "nightly")
    status, text = ask(read_only, route, {})
    assert status == 403
    assert "read-only" in text
    assert read_only.get("/api/workflows").get_json()["count"] == 1


def test_a_read_only_server_takes_reports(read_only: FlaskClient) -> None:
    engine = Engine(read_only, "nightly")
    engine.job(1)
    assert engine.jobs[1]["status"] == "Running"
    for body in ({}, {"name": "nightly"}):
        answer = read_only.put(f"/api/workflow/{engine.id}", json=body)
        assert answer.status_code == 200, "Snakemake 8 asks for this when it starts."
    answer = read_only.put(f"/api/workflow/{engine.id}", json={"name": "other"})
    assert answer.status_code == 400
    assert engine.workflow["name"] == "nightly"


def test_an_admin_of_a_read_only_server_may_look(
    read_only: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_cache, "FRESH", -1.0)
    me = Tokens(read_only.application).headers("me", "admin")
    assert read_only.get("/api/workflows", headers=me).status_code == 200
    answer = read_only.delete("/api/workflows/all", headers=me)
    assert answer.status_code == 403
    assert "read-only" in answer.get_json()["msg"]
