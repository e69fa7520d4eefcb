"""Somebody holds PostgreSQL's tables: nobody waits for ever."""

import psycopg

from panoptes.config.settings import Settings
from tests.conftest import serve
from tests.engine import Engine


def test_who_waits_for_a_table_that_is_held_is_told_to_come_again(postgres_url: str) -> None:
    for app in serve(Settings(db_url=postgres_url)):
        run = Engine(app.test_client(), "nightly")
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as holder:
            holder.execute("LOCK TABLE runs")
            assert run.job(1).status_code == 503
            assert run.web.get("/api/workflows").status_code == 503
            holder.rollback()
        assert run.job(1).status_code == 200
        assert run.status == "Running"
