"""Events may go past Flask: what takes them answers as it does behind Flask."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from panoptes.app import create_app
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine
from panoptes.web.intake import DOORS, snakemake

FORM = "application/x-www-form-urlencoded"
JOB = json.dumps({"level": "job_info", "jobid": 1, "name": "align"})
CASES: dict[str, dict[str, Any]] = {
    "an event": {"data": {"id": "1", "msg": JOB}},
    "noise": {"data": {"id": "1", "msg": '{"level": "debug", "msg": "x"}'}},
    "an unknown workflow": {"data": {"id": "77", "msg": JOB}},
    "a field that is missing": {"data": {"msg": JOB}},
    "no JSON": {"data": b'{"id": 1', "content_type": "application/json"},
    "a body that is too large": {"data": b"x" * (11 * 2**20), "content_type": FORM},
    "another site": {"data": {"id": "1", "msg": JOB}, "headers": {"Origin": "http://evil.example"}},
    "another host": {"data": {"id": "1", "msg": JOB}, "headers": {"Host": "evil.example"}},
    "a wrong token": {
        "data": {"id": "1", "msg": JOB},
        "headers": {"Authorization": "Bearer nobody"},
    },
}


@pytest.fixture
def apps(tmp_path: Path) -> Any:
    """An app whose events go past Flask, and one whose events don't."""
    made = []
    for name in ("past", "through"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(create_app(Settings(db_url=f"sqlite:///{folder / 'panoptes.db'}")))
    made[1].wsgi_app = Flask.wsgi_app.__get__(made[1])  # type: ignore[method-assign]
    yield made
    for app in made:
        with app.app_context():
            sql_engine().dispose()


def answers(app: Flask, case: dict[str, Any], method: str = "POST") -> tuple[int, Any, Any]:
    client: FlaskClient = app.test_client()
    client.get("/create_workflow")
    answer = client.open(snakemake.UPDATES, method=method, **case)
    return answer.status_code, answer.get_json(), sorted(answer.headers.items())


@pytest.mark.parametrize("case", CASES)
def test_both_ways_give_the_same_answer(apps: list[Flask], case: str) -> None:
    past, through = (answers(app, CASES[case]) for app in apps)
    assert past == through


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
def test_other_methods_are_answered_by_flask(apps: list[Flask], method: str) -> None:
    past, through = (answers(app, {}, method) for app in apps)
    assert past == through
    assert past[0] == 405


def test_every_door_is_a_route(apps: list[Flask]) -> None:
    rules = {rule.rule: rule.endpoint for rule in apps[0].url_map.iter_rules()}
    assert {rules[path] for path in DOORS} == {"api.update_workflow_status", "api.weblog"}
