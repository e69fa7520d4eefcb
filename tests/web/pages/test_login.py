"""Signing in with a token, what the pages offer then, and signing out."""

import time as real_time
from typing import Any

import itsdangerous
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from panoptes.web.guard.sessions import LIFETIME
from tests.conftest import Clock
from tests.engine import Engine
from tests.tokens import Tokens
from tests.web.pages.document import Document


def sign_in(client: FlaskClient, secret: str, **form: str) -> TestResponse:
    mark = str(Document(client.get("/login")).hidden["csrf_token"])
    return client.post("/login", data={"csrf_token": mark, "token": secret, **form})


def sign_out(client: FlaskClient) -> TestResponse:
    mark = str(Document(client.get("/")).hidden["csrf_token"])
    return client.post("/logout", data={"csrf_token": mark})


# --- in -------------------------------------------------------------------------------------------


def test_a_page_asks_for_a_token_and_is_shown_to_who_has_it(
    client: FlaskClient, tokens: Tokens
) -> None:
    secret = tokens.add("lea", "view")
    page = Document(client.get("/workflows/?q=x"))
    assert page.status == 401
    assert "Sign in" in page.text
    assert page.hidden["target"] == "/workflows/?q=x"
    answer = client.post("/login", data={**page.hidden, "token": f" {secret}\n"})
    assert (answer.status_code, answer.location) == (303, "/workflows/?q=x")
    page = Document(client.get(answer.location))
    assert page.status == 200
    assert "lea" in page.text


@pytest.mark.parametrize("secret", ["", "guessed", "x" * 1000, "ü\0"])
def test_a_wrong_token_is_told_on_the_form(
    client: FlaskClient, tokens: Tokens, secret: str
) -> None:
    tokens.add("lea", "view")
    answer = sign_in(client, secret, target="/workflow/1")
    page = Document(answer)
    assert page.status == 401
    assert "This token is unknown" in page.text
    assert page.hidden["target"] == "/workflow/1"
    assert "Set-Cookie" not in answer.headers
    assert "WWW-Authenticate" in answer.headers


def test_a_token_that_may_only_report_shows_no_page(client: FlaskClient, tokens: Tokens) -> None:
    page = Document(sign_in(client, tokens.add("ci")))
    assert page.status == 403
    assert "can only report" in page.text
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_former_token_lets_nobody_in(
    client: FlaskClient, tokens: Tokens, time: Clock, end: str
) -> None:
    tokens.add("other", "view")
    secret = tokens.add("lea", "view", days=1 if end == "expired" else None)
    time.move(days=2)
    if end == "revoked":
        tokens.revoke("lea")
    assert sign_in(client, secret).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: FlaskClient, tokens: Tokens
) -> None:
    secret = tokens.add("lea", "view")
    (cookie,) = sign_in(client, secret).headers.getlist("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert secret not in cookie


@pytest.mark.parametrize(
    ("options", "secure"),
    [
        ({}, False),
        ({"base_url": "https://localhost"}, True),
        # What speaks TLS may stand before us: the browser tells the address of its page.
        ({"headers": {"Origin": "https://localhost"}}, True),
    ],
)
def test_the_cookie_goes_over_tls_only_where_there_is_tls(
    client: FlaskClient, tokens: Tokens, options: dict[str, Any], secure: bool
) -> None:
    secret = tokens.add("lea", "view")
    mark = str(Document(client.get("/login")).hidden["csrf_token"])
    if "base_url" in options:
        mark = str(Document(client.get("/login", **options)).hidden["csrf_token"])
    answer = client.post("/login", data={"csrf_token": mark, "token": secret}, **options)
    assert ("Secure" in answer.headers["Set-Cookie"]) is secure


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "\\\\evil.example/",
        "javascript:alert(1)",
        "evil.example",
        "/\r\nSet-Cookie: x=y",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(client: FlaskClient, tokens: Tokens, target: str) -> None:
    answer = sign_in(client, tokens.add("lea", "view"), target=target)
    assert (answer.status_code, answer.location) == (303, "/")


def test_another_site_signs_nobody_in(client: FlaskClient, tokens: Tokens) -> None:
    """As somebody else, who would see what is done then."""
    secret = tokens.add("evil", "admin")
    assert client.post("/login", data={"token": secret}).status_code == 403
    evil = {"Origin": "http://evil.example"}
    mark = str(Document(client.get("/login")).hidden["csrf_token"])
    form = {"csrf_token": mark, "token": secret}
    assert client.post("/login", data=form, headers=evil).status_code == 403


def test_where_nobody_needs_a_token_nobody_is_asked_for_one(client: FlaskClient) -> None:
    answer = client.get("/login")
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Sign out" not in client.get("/").text


# --- a session ------------------------------------------------------------------------------------


def test_a_session_is_over_when_its_token_is(
    client: FlaskClient, tokens: Tokens, time: Clock
) -> None:
    tokens.add("other", "admin")
    sign_in(client, tokens.add("lea", "view"))
    assert client.get("/").status_code == 200
    tokens.revoke("lea")
    assert client.get("/").status_code == 401
    sign_in(client, tokens.add("kim", "view", days=1))
    assert client.get("/").status_code == 200
    time.move(days=2)
    assert client.get("/").status_code == 401


def test_a_session_is_over_after_two_weeks(
    client: FlaskClient, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, tokens.add("lea", "view"))
    later = int(real_time.time() + LIFETIME.total_seconds())
    signer = itsdangerous.TimestampSigner
    monkeypatch.setattr(signer, "get_timestamp", lambda _self: later - 60)
    assert client.get("/").status_code == 200
    monkeypatch.setattr(signer, "get_timestamp", lambda _self: later + 60)
    assert client.get("/").status_code == 401


def test_a_session_cannot_be_made_up(client: FlaskClient, tokens: Tokens) -> None:
    sign_in(client, tokens.add("lea", "view"))
    (session,) = (cookie for cookie in client._cookies.values() if "session" in cookie.key)
    payload, _, signature = session.value.partition(".")
    for forged in ("", "x", payload, f"{payload}x.{signature}", f"{session.value}x", "ü"):
        client.set_cookie(session.key, forged)
        assert client.get("/").status_code == 401
    client.set_cookie(session.key, session.value)
    assert client.get("/").status_code == 200


def test_a_page_is_not_said_to_be_unchanged_to_somebody_else(
    client: FlaskClient, tokens: Tokens
) -> None:
    """What the browser has may offer what only the other may do."""
    sign_in(client, tokens.add("lea", "admin"))
    tag = client.get("/workflows/").headers["ETag"]
    assert client.get("/workflows/", headers={"If-None-Match": tag}).status_code == 304
    sign_out(client)
    sign_in(client, tokens.add("kim", "view"))
    assert client.get("/workflows/", headers={"If-None-Match": tag}).status_code == 200


# --- out ------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session(client: FlaskClient, tokens: Tokens) -> None:
    sign_in(client, tokens.add("lea", "view"))
    answer = sign_out(client)
    assert answer.status_code == 303
    assert "You are signed out." in client.get(answer.location).text
    assert client.get("/").status_code == 401


def test_another_site_signs_nobody_out(client: FlaskClient, tokens: Tokens) -> None:
    sign_in(client, tokens.add("lea", "view"))
    assert client.post("/logout").status_code == 403
    assert client.get("/").status_code == 200


# --- what pages offer -----------------------------------------------------------------------------

CHANGES = ("Cancel…", "Rename…", "Delete…", "Delete all…", "Cancel selected…", "Delete selected…")


@pytest.mark.parametrize("role", ["view", "admin"])
def test_pages_offer_what_the_visitor_may_do(
    client: FlaskClient, tokens: Tokens, role: str
) -> None:
    ci = tokens.headers("ci")
    running, done = Engine(client, "a", ci), Engine(client, "b", ci)
    done.progress(1, 1)
    sign_in(client, tokens.add("me", role))
    pages = ("/", "/workflows/", f"/workflow/{running.id}", f"/workflow/{done.id}")
    documents = [Document(client.get(page)) for page in pages]
    text = " ".join(page.text for page in documents)
    assert [each for each in CHANGES if each in text] == list(CHANGES if role == "admin" else ())
    boxes = [attrs for page in documents for _, attrs in page.tags if attrs.get("name") == "id"]
    assert bool(boxes) is (role == "admin")
    links = [link for page in documents for link in page.links]
    assert any(link.endswith("/delete") for link in links) is (role == "admin")


def test_a_page_that_asks_first_is_not_for_those_who_may_only_look(
    client: FlaskClient, tokens: Tokens
) -> None:
    engine = Engine(client, "a", tokens.headers("ci"))
    sign_in(client, tokens.add("me", "view"))
    page = Document(client.get(f"/workflow/{engine.id}/delete"))
    assert page.status == 403
    assert "The token 'me' can view workflows, but not make changes." in page.text


def test_an_admin_cancels_with_the_form(client: FlaskClient, tokens: Tokens) -> None:
    engine = Engine(client, "a", tokens.headers("ci"))
    sign_in(client, tokens.add("me", "admin"))
    address = f"/workflow/{engine.id}/cancel"
    mark = Document(client.get(address)).hidden["csrf_token"]
    assert client.post(address, data={"csrf_token": mark}).status_code == 303
    assert engine.status == "Cancelled"


def test_a_mark_from_before_signing_in_counts_no_more(client: FlaskClient, tokens: Tokens) -> None:
    """Somebody else may have laid it into this browser."""
    engine = Engine(client, "a", tokens.headers("ci"))
    before = Document(client.get("/login")).hidden["csrf_token"]
    sign_in(client, tokens.add("me", "admin"))
    answer = client.post(f"/workflow/{engine.id}/cancel", data={"csrf_token": before})
    assert answer.status_code == 403


def test_strangers_are_shown_no_way_to_what_they_may_not_see(
    client: FlaskClient, tokens: Tokens
) -> None:
    Engine(client, "secret-project", tokens.headers("ci"))
    for path in ("/", "/workflow/1", "/search?q=secret-project", "/nothing"):
        page = Document(client.get(path))
        assert "secret-project" not in page.text
        assert "/workflows/" not in page.links


def test_the_page_about_connecting_tells_how_a_token_is_given(
    client: FlaskClient, tokens: Tokens
) -> None:
    assert "WMS_MONITOR_TOKEN" not in client.get("/about").text
    sign_in(client, tokens.add("me", "view"))
    page = client.get("/about").text
    assert "export WMS_MONITOR_TOKEN=" in page
    assert "http://me:TOKEN@localhost" in page


# --- owners ---------------------------------------------------------------------------------------


def test_pages_say_whose_a_run_is_and_the_list_is_filtered_by_it(
    client: FlaskClient, tokens: Tokens
) -> None:
    lea = Engine(client, "assembly", tokens.headers("lea"))
    Engine(client, "variants", tokens.headers("kim")).progress(1, 1)
    sign_in(client, tokens.add("me", "view"))
    assert "assembly · lea" in Document(client.get("/")).text
    assert "/workflows/?owner=lea" in Document(client.get(f"/workflow/{lea.id}")).links
    page = Document(client.get("/workflows/"))
    assert "/workflows/?owner=lea" in page.links
    assert "variants" in page.text
    page = Document(client.get("/workflows/?owner=lea"))
    assert "assembly" in page.text
    assert "variants" not in page.text
    assert "All 1" in page.text
    assert "✓ Done" not in page.text
    assert "/workflows/?owner=lea&status=Running" in page.links
    assert (
        "No workflows match, owner nobody." in Document(client.get("/workflows/?owner=nobody")).text
    )


def test_without_owners_there_is_no_column_of_them(client: FlaskClient) -> None:
    Engine(client, "assembly")
    assert "Owner" not in Document(client.get("/workflows/")).text


def test_the_name_of_an_owner_is_text_whatever_it_holds(
    client: FlaskClient, tokens: Tokens
) -> None:
    name = "<b>lea</b> & {{ 7 * 8 }}?owner=kim#x%20"
    Engine(client, "assembly", tokens.headers(name))
    sign_in(client, tokens.add("me", "view"))
    page = Document(client.get("/workflows/"))
    (link,) = {link for link in page.links if "owner=" in link}
    page = Document(client.get(link))
    assert "assembly" in page.text
    assert "All 1" in page.text
    for address in ("/", "/workflow/1", link):
        page = Document(client.get(address))
        assert "b" not in [tag for tag, _ in page.tags]
        assert "56" not in page.text


@pytest.mark.parametrize("path", ["/", "/workflows/"])
def test_mine_leads_to_the_runs_of_ones_own_token(
    client: FlaskClient, tokens: Tokens, path: str
) -> None:
    secret = tokens.add("lea", "member")
    Engine(client, "assembly", {"Authorization": f"Bearer {secret}"})
    Engine(client, "variants", tokens.headers("kim"))
    sign_in(client, secret)
    assert "variants" in client.get(path).text
    mine = f"{path}?owner=lea"
    assert mine in Document(client.get(path)).links
    page = Document(client.get(mine))
    assert "assembly" in page.text
    assert "variants" not in page.text
    assert path in page.links


def test_who_has_no_runs_is_not_offered_mine(client: FlaskClient, tokens: Tokens) -> None:
    Engine(client, "assembly", tokens.headers("kim"))
    sign_in(client, tokens.add("wall", "view"))
    assert "Mine" not in client.get("/").text


def test_an_overview_of_somebody_without_runs_says_so(client: FlaskClient, tokens: Tokens) -> None:
    Engine(client, "assembly", tokens.headers("kim"))
    sign_in(client, tokens.add("lea", "member"))
    page = Document(client.get("/?owner=lea"))
    assert "No workflows of lea yet." in page.text
