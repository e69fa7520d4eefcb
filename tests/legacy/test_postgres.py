"""panoptes-ui 1.6 could keep its tables in PostgreSQL: they are taken over where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from devtools.install_clients import FOLDER
from panoptes.config.settings import Settings
from panoptes.database.connections import reading
from tests.conftest import serve
from tests.legacy.conftest import SERVERS, report, running_old

WITH_POSTGRES = [server for server in SERVERS if "[postgres]" in server.requirements[0]]


@pytest.fixture(params=WITH_POSTGRES, ids=lambda server: server.name)
def old_url(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path
) -> tuple[str, list[tuple[int, str, str]]]:
    """A database that a real old server wrote, and its workflows' ids, names and statuses."""
    if not request.param.is_installed(FOLDER):
        pytest.skip(f"{request.param.name} is not in {FOLDER}")
    address = postgres_url.replace("+psycopg", "+psycopg2")
    with running_old(request.param, tmp_path, PANOPTES_DB_URL=address) as url:
        workflows, _ = report(url)
    return postgres_url, sorted((each["id"], each["name"], each["status"]) for each in workflows)


def apps(url: str) -> Iterator[Flask]:
    return serve(Settings(db_url=url))


def test_old_tables_are_taken_over_and_kept_in_a_schema_of_their_own(
    old_url: tuple[str, list[tuple[int, str, str]]], caplog: pytest.LogCaptureFixture
) -> None:
    url, old = old_url
    for app in apps(url):
        client = app.test_client()
        found = client.get("/api/workflows").get_json()["workflows"]
        assert [(each["id"], each["name"], each["status"]) for each in found] == old
        assert client.get("/create_workflow").get_json()["id"] == max(row[0] for row in old) + 1
        with app.app_context():
            kept = reading().scalar(text("SELECT count(*) FROM panoptes_before_2.workflows"))
        assert kept == len(old)
    assert f"Took over {len(old)} workflows with " in caplog.text
    for app in apps(url):
        assert app.test_client().get("/api/workflows").get_json()["count"] == len(old) + 1


def test_rows_that_cannot_be_read_are_in_the_log(
    old_url: tuple[str, list[tuple[int, str, str]]], caplog: pytest.LogCaptureFixture
) -> None:
    url, _ = old_url
    engine = create_engine(url)
    with engine.begin() as connection:
        first = "(SELECT min(id) FROM workflow_jobs)"
        last = "(SELECT max(id) FROM workflow_jobs)"
        connection.execute(text(f"UPDATE workflow_jobs SET input = '[1' WHERE id = {first}"))
        connection.execute(text(f"UPDATE workflow_jobs SET wf_id = NULL WHERE id = {last}"))
    engine.dispose()
    for _ in apps(url):
        pass
    assert "input: no list" in caplog.text
    assert "wf_id: there is no such workflow" in caplog.text
    assert "Not to be read, or not in full: 2 rows, kept in the log." in caplog.text
