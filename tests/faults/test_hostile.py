"""A hundred thousand hostile inputs: none gets more than it should, takes long or is believed."""

import gc
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from devtools.running import running_server
from panoptes.web.ga4gh import WES
from tests.engine import Engine
from tests.faults import inputs
from tests.faults.attacker import HARMLESS, MOST_BYTES, TRUE_CODES, Attacker, resident_bytes
from tests.faults.trickling import BROKEN, broken_requests, statuses, whole_requests
from tests.strategies import LEVELS
from tests.web.pages.test_every_page import assert_is_sound, pages

pytestmark = pytest.mark.slow

Tell = Callable[[str], None]
# What depends on the database is in few statements; all go to SQLite, some to PostgreSQL.
EVERY = {"sqlite": 1, "postgresql": 12}


@pytest.fixture
def every(ready_url: str) -> int:
    """Of how many inputs one is sent."""
    return EVERY[make_url(ready_url).get_backend_name()]


@pytest.fixture
def attacker(app: Flask, tell: Tell) -> Iterator[Attacker]:
    """Counts what is sent; at the end, this process must not have grown."""
    made = Attacker(app)
    made.memory = resident_bytes()
    # No request pays for a search for garbage through all that other tests left in this process.
    gc.freeze()
    yield made
    gc.unfreeze()
    grown = resident_bytes() - made.memory
    tell(f"{made.sent} inputs, slowest {made.slowest * 1000:.0f} ms, {grown / 2**20:+.0f} MB")
    assert grown < MOST_BYTES


@pytest.mark.parametrize("level", LEVELS.split())
def test_attacks_in_every_field_of_every_event(
    attacker: Attacker, app: Flask, level: str, every: int
) -> None:
    engine = Engine(app.test_client(), "attacked")
    for number, event in enumerate(inputs.events(level)):
        if number % every == 0:
            attacker.update(*inputs.body_of(event, engine.id, number))
    for address, page in pages(engine.web):
        assert_is_sound(address, page)


def test_attacks_in_the_envelope_of_an_event(attacker: Attacker, app: Flask, every: int) -> None:
    engine = Engine(app.test_client())
    for number, (body, content_type) in enumerate(inputs.envelopes(engine.id)):
        if number % every == 0:
            attacker.update(body, content_type)


def test_attacks_in_every_field_of_events_that_come_many_at_once(
    attacker: Attacker, app: Flask, every: int
) -> None:
    client = app.test_client()
    client.post("/api/runs", json={"id": "attacked", "engine": "generic", "name": "attacked"})
    first = 1
    for number, batch in enumerate(inputs.batches()):
        if number % every == 0:
            assert attacker.batch("attacked", first, batch) >= 0
            first += len(batch)
    for body in inputs.bombs():
        for path in ("/api/runs", "/api/runs/attacked/events"):
            attacker.ask("POST", path, body=body, headers={"HTTP_CONTENT_ENCODING": "gzip"})
    for address, page in islice(pages(client), 30):  # All of them, other attacks look at.
        assert_is_sound(address, page)


@pytest.mark.parametrize("engine", ["cwltool", "miniwdl"])
def test_attacks_in_what_engines_print(
    attacker: Attacker, app: Flask, engine: str, every: int
) -> None:
    client = app.test_client()
    client.post("/api/runs", json={"id": "attacked", "engine": engine, "name": "attacked"})
    first = 1
    for number, batch in enumerate(inputs.of_watched(engine)):
        if number % every == 0:
            assert attacker.batch("attacked", first, batch) >= 0
            first += len(batch)
    for address, page in islice(pages(client), 30):
        assert_is_sound(address, page)


def test_the_largest_events(attacker: Attacker, app: Flask, every: int) -> None:
    engine = Engine(app.test_client())
    for body, content_type in inputs.largest(engine.id):
        attacker.update(body, content_type)
    attacker.memory = resident_bytes()  # Once more, they take no more.
    for number, (body, content_type) in enumerate(inputs.largest(engine.id)):
        if number % every == 0:
            attacker.update(body, content_type)


def test_attacks_in_a_registration(attacker: Attacker, app: Flask, every: int) -> None:
    for number, ask in enumerate(inputs.registrations()):
        if number % every == 0:
            attacker.ask(*ask)
    for address, page in pages(app.test_client()):
        assert_is_sound(address, page)


def test_attacks_in_what_nextflow_sends(attacker: Attacker, app: Flask, every: int) -> None:
    for number, ask in enumerate(inputs.of_nextflow()):
        if number % every == 0:
            answer = attacker.ask(*ask)
            assert answer.status in (200, 400) or ask.path.endswith("/create")
            assert b"its log has the details" not in answer.body
    for address, page in pages(app.test_client()):
        assert_is_sound(address, page)


def test_attacks_in_addresses_and_queries(attacker: Attacker, app: Flask, every: int) -> None:
    engine = Engine(app.test_client())
    for jobid in range(5):
        engine.job(jobid)
    for number, ask in enumerate(inputs.addresses(app.url_map, engine.id)):
        if number % every == 0:
            answer = attacker.ask(*ask)
            assert b"root:" not in answer.body


def test_attacks_in_headers(attacker: Attacker, app: Flask, every: int) -> None:
    engine = Engine(app.test_client())
    event = inputs.body_of({"level": "job_info", "jobid": 1, "name": "align"}, engine.id, 0)
    for number, headers in enumerate(inputs.headers()):
        if number % every == 0:
            attacker.ask("GET", "/about", headers=headers)
            attacker.ask("GET", f"{WES}/runs", headers=headers)
            attacker.update(*event, headers)


def test_attacks_in_changes(attacker: Attacker, app: Flask, every: int) -> None:
    for number, ask in enumerate(inputs.changes(app.url_map, 1)):
        if number % every == 0:
            if not number % 7:
                Engine(app.test_client())
            if ask.path == "/update_workflow_status" and ask.method == "POST":
                attacker.update(ask.body, ask.content_type)
            else:
                attacker.ask(*ask)


def test_attacks_that_trickle_in(tmp_path: Path, tell: Tell) -> None:
    with running_server(tmp_path) as server:
        workflow_id = server.get("/create_workflow")["id"]
        before = resident_bytes(server.process.pid)
        whole = statuses(server.url, whole_requests(workflow_id), are_whole=True)
        broken = statuses(server.url, broken_requests(workflow_id), are_whole=False)
        grown = resident_bytes(server.process.pid) - before
        assert server.get("/api/service-info")["status"] == "running"
    assert set(whole) <= HARMLESS
    assert set(broken) <= TRUE_CODES | BROKEN
    assert grown < MOST_BYTES
    assert "Traceback" not in server.output.read_text()
    tell(f"{whole.total() + broken.total()} inputs in pieces, {grown / 2**20:+.0f} MB")


def test_there_are_a_hundred_thousand_of_them(app: Flask) -> None:
    routes = app.url_map
    asked = (inputs.registrations(), inputs.addresses(routes, 1), inputs.changes(routes, 1))
    told = (inputs.envelopes(1), inputs.headers(), *map(inputs.events, LEVELS.split()))
    many = (inputs.of_nextflow(), *inputs.batches())
    assert sum(1 for each in (*asked, *told, *many) for _ in each) > 100_000
