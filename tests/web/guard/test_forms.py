"""Forms that another site's page can't have written."""

import tracemalloc

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.config.settings import Settings
from panoptes.web.guard.forms import MAX_FORM
from tests.conftest import serve
from tests.engine import Engine
from tests.web.pages.document import Document


def mark_of(client: FlaskClient, address: str) -> str:
    return str(Document(client.get(address)).hidden["csrf_token"])


def test_a_form_without_its_mark_changes_nothing(engine: Engine) -> None:
    address = f"/workflow/{engine.id}/cancel"
    mark_of(engine.web, address)
    for form in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": "ü\0"}):
        answer = engine.web.post(address, data=form)
        assert answer.status_code == 403
        assert "This form is out of date" in answer.text
    assert engine.status == "Running"


def test_a_mark_counts_in_the_browser_alone_that_it_was_made_for(
    app: Flask, engine: Engine
) -> None:
    address = f"/workflow/{engine.id}/cancel"
    victim, attacker = app.test_client(), app.test_client()
    mark_of(victim, address)
    stolen = {"csrf_token": mark_of(attacker, address)}
    assert victim.post(address, data=stolen).status_code == 403
    assert app.test_client().post(address, data=stolen).status_code == 403, "no cookie"
    assert attacker.post(address, data=stolen).status_code == 303


def test_all_pages_of_a_browser_have_the_same_mark(client: FlaskClient, engine: Engine) -> None:
    marks = {mark_of(client, f"/workflow/{engine.id}{page}") for page in ("", "/rename", "/delete")}
    assert len(marks) == 1


def test_a_mark_outlasts_the_server(sqlite_url: str) -> None:
    marks = set()
    cookie = None
    for _ in range(2):
        for app in serve(Settings(db_url=sqlite_url)):
            client = app.test_client()
            if cookie:
                client.set_cookie(cookie.key, cookie.value)
            engine = Engine(client, "nightly")
            marks.add(mark_of(client, f"/workflow/{engine.id}/rename"))
            (cookie,) = client._cookies.values()
    assert len(marks) == 1


def test_no_script_and_no_other_site_gets_at_the_cookie(app: Flask, engine: Engine) -> None:
    answer = engine.web.get(f"/workflow/{engine.id}")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie, "It would be lost: the page came without TLS."
    other = app.test_client()
    secure = other.get(f"/workflow/{engine.id}", base_url="https://localhost")
    assert "Secure" in secure.headers["Set-Cookie"]


@pytest.mark.parametrize("value", ["", "short", "x" * 500, "a b c d e f g h i j k l m"])
def test_a_cookie_that_is_not_ours_is_replaced(engine: Engine, value: str) -> None:
    name = engine.web.get(f"/workflow/{engine.id}").headers["Set-Cookie"].split("=")[0]
    engine.web.set_cookie(name, value)
    answer = engine.web.get(f"/workflow/{engine.id}")
    assert answer.headers["Set-Cookie"].startswith(f"{name}=")


def test_a_browser_that_lost_its_cookie_gets_the_page_anew(engine: Engine) -> None:
    """The page that it has would be refused."""
    address = f"/workflow/{engine.id}"
    engine.web.get(address)
    tag = engine.web.get(address).headers["ETag"]
    asked = {"If-None-Match": tag}
    assert engine.web.get(address, headers=asked).status_code == 304
    name = next(iter(engine.web._cookies.values())).key
    engine.web.delete_cookie(name)
    assert engine.web.get(address, headers=asked).status_code == 200


def test_the_routes_of_engines_and_the_api_want_no_mark(engine: Engine) -> None:
    assert engine.job(1).status_code == 200
    assert engine.web.post(f"/api/workflow/{engine.id}/cancel").status_code == 200


def test_a_form_that_is_far_too_large_is_told_so(engine: Engine) -> None:
    address = f"/workflow/{engine.id}/rename"
    mark = mark_of(engine.web, address)
    for letters in (MAX_FORM, 11 * 2**20):
        form = {"csrf_token": mark, "name": "x" * letters}
        assert engine.web.post(address, data=form).status_code == 413


def test_a_form_of_very_many_fields_is_not_read(engine: Engine) -> None:
    """Ten megabytes of them would take 2.5 s and half a gigabyte, of whoever sends them."""
    tracemalloc.start()
    try:
        assert engine.web.post("/login", data=b"a=&" * 3_000_000).status_code == 413
        assert tracemalloc.get_traced_memory()[1] < 40 * 10**6
    finally:
        tracemalloc.stop()
