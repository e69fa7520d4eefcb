"""Another site's page can change nothing here."""

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/workflows/all"),
        ("POST", "/api/workflow/{id}/cancel"),
        ("PUT", "/api/workflow/{id}"),
        ("POST", "/workflow/{id}/cancel"),
        ("GET", "/create_workflow"),
    ],
)
def test_another_sites_page_can_change_nothing(
    engine: Engine, headers: dict[str, str], method: str, path: str
) -> None:
    answer = engine.web.open(path.format(id=engine.id), method=method, headers=headers)
    assert answer.status_code == 403
    assert engine.web.get("/api/workflows").get_json()["count"] == 1
    assert engine.status == "Running"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
    ],
)
def test_engines_curl_and_our_own_pages_may_change(engine: Engine, headers: dict[str, str]) -> None:
    answer = engine.web.post(f"/api/workflow/{engine.id}/cancel", headers=headers)
    assert answer.status_code == 200


def test_a_page_elsewhere_may_link_here(client: FlaskClient) -> None:
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, 403),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Sec-Fetch-Site": "none"}, 200),
        ({"User-Agent": "python-requests/2.32.5"}, 200),
        ({}, 200),
    ],
)
def test_a_picture_in_a_page_registers_nothing(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    """Without TLS a browser doesn't say that another site's page asks."""
    assert client.get("/create_workflow", headers=headers).status_code == status
    assert client.get("/api/workflows").get_json()["count"] == (status == 200)


def test_an_update_that_another_site_asks_for_harms_no_pipeline(engine: Engine) -> None:
    """Should ever an engine send an Origin, 403 would end it."""
    form = {"msg": '{"level": "job_info", "jobid": 1, "name": "x"}', "id": engine.id}
    evil = {"Origin": "http://evil.example"}
    answer = engine.web.post("/update_workflow_status", data=form, headers=evil)
    assert answer.status_code == 400
    assert engine.jobs == {}
