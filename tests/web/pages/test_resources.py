"""The page of what jobs asked for and used."""

import re

from flask import Flask
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.engines.nextflow.recorded import Player, recording
from tests.measured import measure

GB = 10**9


def text_of(client: FlaskClient, address: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(address).text))


def job(app: Flask, run: Engine, memory: float, asked: int = 16_000) -> None:
    run.job(1, threads=4, resources={"mem_mb": asked})
    run.finished(1)
    used = {"seconds": 100.0, "cpu_seconds": 250.0, "max_memory": memory, "read_bytes": 5 * GB}
    measure(app, run.id, 1, usage=used)


def test_each_rule_says_what_it_asked_for_and_used(
    app: Flask, client: FlaskClient, engine: Engine
) -> None:
    job(app, engine, 3 * GB)
    text = text_of(client, f"/workflow/{engine.id}/resources")
    assert "align" in text
    assert "2.8 GB of 15 GB · 19%" in text
    assert "2.5 cores of 4 cores · 62%" in text
    assert "1 min 40 s" in text


def test_each_process_of_nextflow_does_too_as_its_own_report(client: FlaskClient) -> None:
    Player(client).play(recording("v26.04.6", "tower", "ok"))
    text = text_of(client, "/workflow/1/resources")
    assert "WORK 4 5.0 MB of 200 MB · 2% from 4.8 MB to 5.0 MB, median 4.9 MB" in text
    assert "&lt; 0.1 cores of 1 core · 2% &lt; 0.1 cores, asked for 1 core" in text
    assert "1.1 s of 1 h · 1% from 1.0 s to 1.1 s, median 1.1 s, asked for 1 h" in text
    Player(client).play(recording("v26.04.6", "tower", "heartbeat"))
    assert "0 cores of 1 core · 0%" in text_of(client, "/workflow/2/resources")


def test_who_is_near_its_limit_is_marked(app: Flask, client: FlaskClient, engine: Engine) -> None:
    job(app, engine, 3 * GB, asked=3_100)
    page = client.get(f"/workflow/{engine.id}/resources").text
    assert '<span class="status-stale">2.8 GB</span>' in page
    assert "· 97%" in page


def test_without_figures_it_says_how_to_get_them(client: FlaskClient, engine: Engine) -> None:
    engine.job(1)
    text = text_of(client, f"/workflow/{engine.id}/resources")
    assert "Nothing is known of what this run's jobs used yet." in text
    assert "benchmark:" in text


def test_a_job_says_it_in_words(app: Flask, client: FlaskClient, engine: Engine) -> None:
    job(app, engine, 3 * GB)
    files = {"read_bytes": 5 * GB, "disk_read_bytes": 0, "written_bytes": 2 * GB}
    memory = {"max_memory": 3 * GB, "max_virtual_memory": 9 * GB}
    measure(app, engine.id, 1, usage={**files, **memory, "io_wait": "much"})
    text = text_of(client, f"/workflow/{engine.id}/job/1")
    assert "Memory asked for 15 GB, used 2.8 GB at most (8.4 GB of virtual memory)" in text
    assert "Files read 4.7 GB (0 bytes from disks), wrote 1.9 GB" in text
    assert "io_wait = much" in text


def test_downloads_have_the_figures_as_numbers(
    app: Flask, client: FlaskClient, engine: Engine
) -> None:
    job(app, engine, 3 * GB)
    head, row = client.get(f"/workflow/{engine.id}/jobs.csv").text.splitlines()
    values = dict(zip(head.split(","), row.split(","), strict=True))
    assert (values["requested_memory"], values["max_memory"]) == ("16000000000", "3000000000.0")
    assert values["written_bytes"] == ""
