"""What a member may do: anything to runs of their own, nothing to those of others."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from panoptes.models.token import Right
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Headers, Tokens
from tests.web.guard.test_access import NEEDS, ROUTES, mark
from tests.web.pages.document import Document
from tests.web.pages.test_login import sign_in

OWN = [route for route in ROUTES if NEEDS[route] is Right.CHANGE_OWN]
# The workflow stands in the address of most, and in the form of the others.
OF_ONE = [route for route in OWN if "/workflow/1" in route]
# Some change the current run, others one by its number; these, all runs of the workflow.
OF_CURRENT_RUN = [route for route in OF_ONE if route.split("/")[-1] in ("cancel", "pin", "stop")]
OF_ALL_RUNS = [
    "DELETE /api/workflow/1",
    "POST /api/workflow/1/restore",
    "GET /workflow/1/rename",
    "POST /workflow/1/rename",
    "GET /workflow/1/delete",
    "POST /workflow/1/delete",
]

Ask = Callable[..., int]


@pytest.fixture
def lea(tokens: Tokens) -> Headers:
    return tokens.headers("lea", "member")


@pytest.fixture
def kim(tokens: Tokens) -> Headers:
    return tokens.headers("kim", "member")


@pytest.fixture
def admin(tokens: Tokens) -> Headers:
    return tokens.headers("boss", "admin")


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Ask for a route with all that its form may hold, and return the status."""

    def ask(route: str, headers: Headers, **form: Any) -> int:
        method, path = route.split()
        data = {"csrf_token": mark(client, headers), "id": "1", "name": "taken-over", **form}
        sent = data if method == "POST" else None
        query = {} if method == "POST" else {"id": "1"}
        answer = client.open(
            path, method=method, data=sent, query_string=query, headers=headers, buffered=True
        )
        return answer.status_code

    return ask


def end(client: FlaskClient, name: str, headers: Headers) -> Engine:
    run = Engine(client, name, headers)
    run.job(1)
    run.finished(1)
    run.progress(1, 1)
    return run


def state(client: FlaskClient, headers: Headers) -> Any:
    """Return everything that can be changed, as an admin sees it."""
    workflows = client.get("/api/workflows", headers=headers).get_json()
    return workflows, Document(client.get("/workflows/", headers=headers)).text


def test_one_token_reports_and_looks(client: FlaskClient, lea: Headers) -> None:
    run = end(client, "assembly", lea)
    assert (
        client.get(f"/api/workflow/{run.id}", headers=lea).get_json()["workflow"]["owner"] == "lea"
    )


@pytest.mark.parametrize("route", OWN)
def test_a_member_may_change_what_is_their_own(
    client: FlaskClient, ask: Ask, lea: Headers, route: str
) -> None:
    end(client, "assembly", lea)
    assert ask(route, lea) not in (401, 403)


@pytest.mark.parametrize("route", OF_ONE)
def test_a_member_is_refused_what_is_of_others(
    client: FlaskClient, ask: Ask, kim: Headers, lea: Headers, route: str
) -> None:
    end(client, "assembly", kim)
    assert ask(route, lea) == 403


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("owner", ["kim", None])
def test_no_route_lets_a_member_change_runs_of_others(
    client: FlaskClient, tokens: Tokens, time: Clock, ask: Ask, owner: str | None, deleted: bool
) -> None:
    """Nor those of nobody, which were registered before there were tokens."""
    if owner is None:
        run = Engine(client, "assembly")
        admin = tokens.headers("boss", "admin")
    else:
        admin = tokens.headers("boss", "admin")
        run = Engine(client, "assembly", tokens.headers(owner, "member"))
    lea = tokens.headers("lea", "member")
    if deleted:
        client.post(f"/api/workflow/{run.id}/cancel", headers=admin)
        client.delete(f"/api/workflow/{run.id}", headers=admin)
    at = deletion_time(client, admin)
    before = state(client, admin)
    for route in ROUTES:
        if route != "GET /create_workflow":  # That registers a run of lea's own.
            ask(route, lea, at=at)
            assert state(client, admin) == before, route
    client.put(f"/api/workflow/{run.id}", json={"name": "taken-over"}, headers=lea)
    assert state(client, admin) == before


def deletion_time(client: FlaskClient, headers: Headers) -> str:
    """Return the moment that the form which undoes a deletion tells; empty without a deletion."""
    return str(Document(client.get("/workflows/", headers=headers)).hidden.get("at", ""))


@pytest.mark.parametrize("route", OF_ALL_RUNS)
def test_a_workflow_with_runs_of_others_is_not_deleted_by_a_member(
    client: FlaskClient, ask: Ask, kim: Headers, lea: Headers, admin: Headers, route: str
) -> None:
    end(client, "assembly", kim)
    end(client, "assembly", lea)
    assert ask(route, lea) == 403
    assert client.get("/api/workflow/1", headers=admin).get_json()["workflow"]["runs"] == 2


@pytest.mark.parametrize("route", OF_CURRENT_RUN)
def test_the_current_run_of_a_shared_workflow_is_changed_by_its_owner(
    client: FlaskClient, ask: Ask, kim: Headers, lea: Headers, route: str
) -> None:
    end(client, "assembly", kim)
    Engine(client, "assembly", lea)
    assert ask(route, kim) == 403
    assert ask(route, lea) not in (401, 403)


def test_of_the_selected_workflows_a_member_changes_their_own(
    client: FlaskClient, kim: Headers, lea: Headers
) -> None:
    mine, other = Engine(client, "mine", lea), Engine(client, "other", kim)
    form = {"csrf_token": mark(client, lea), "id": [mine.id, other.id]}
    asked = client.get("/workflows/cancel-selected", query_string={"id": form["id"]}, headers=lea)
    assert "Not changed" in Document(asked).text
    client.post("/workflows/cancel-selected", data=form, headers=lea)
    statuses = [
        client.get(f"/api/workflow/{run.id}", headers=lea).get_json()["workflow"]["status"]
        for run in (mine, other)
    ]
    assert statuses == ["Cancelled", "Running"]


def test_a_member_undoes_their_own_part_of_what_was_deleted_at_once(
    client: FlaskClient, kim: Headers, lea: Headers, admin: Headers
) -> None:
    mine, other = end(client, "mine", lea), end(client, "other", kim)
    form = {"csrf_token": mark(client, admin), "id": [mine.id, other.id]}
    client.post("/workflows/delete-selected", data=form, headers=admin)
    shown = Document(client.get("/workflows/", headers=lea))
    assert "mine" in shown.text
    assert "other" not in shown.text
    answer = client.post(
        "/workflows/restore",
        data={"csrf_token": shown.hidden["csrf_token"], "at": shown.hidden["at"]},
        headers=lea,
    )
    assert answer.status_code == 303
    left = client.get("/api/workflows", headers=lea).get_json()["workflows"]
    assert [workflow["name"] for workflow in left] == ["mine"]


def test_a_read_only_server_lets_no_member_change_their_own(
    client: FlaskClient, lea: Headers, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(client, "assembly", lea)
    from panoptes.web.services import services_of

    object.__setattr__(services_of(client.application).settings, "read_only", True)
    assert {ask(route, lea) for route in OWN} == {403}


# --- what pages offer -----------------------------------------------------------------------------


def offered(client: FlaskClient, path: str) -> list[str]:
    words = ("Cancel…", "Pin", "Rename…", "Delete…", "Delete all…", "Delete selected…")
    text = Document(client.get(path)).text
    return [word for word in words if word in text]


def test_pages_offer_a_member_what_they_may_do(
    client: FlaskClient, tokens: Tokens, kim: Headers
) -> None:
    secret = tokens.add("lea", "member")
    lea = {"Authorization": f"Bearer {secret}"}
    mine, other, shared = end(client, "mine", lea), end(client, "other", kim), "shared"
    end(client, shared, kim)
    both = end(client, shared, lea)
    sign_in(client, secret)
    assert offered(client, f"/workflow/{mine.id}") == ["Pin", "Rename…", "Delete…"]
    assert offered(client, f"/workflow/{both.id}") == ["Pin"]
    assert offered(client, f"/workflow/{other.id}") == []
    assert offered(client, "/workflows/") == ["Delete selected…"]
    boxes = [
        attrs for _, attrs in Document(client.get("/workflows/")).tags if attrs.get("name") == "id"
    ]
    assert {box["value"] for box in boxes} == {str(mine.id), str(both.id)}
