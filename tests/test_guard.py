"""Who may change something, and what every answer forbids the browser."""

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine

PATHS = ["/", "/workflows/", "/api/workflows", "/api/nothing", "/nothing", "/create_workflow"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_allows_its_own_resources_only(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
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
