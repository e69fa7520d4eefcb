"""The jobs of a run as a file."""

import csv
import io
import tracemalloc
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from panoptes.database.connections import end_reading, writing
from panoptes.models.job import Job
from panoptes.render.tables import COLUMNS, MAX_CELL, TABLES
from tests.engine import Engine
from tests.web.pages.conftest import Open


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    """A run of some jobs, one of which is done and one of which failed."""
    engine = Engine(client, "nightly")
    for jobid in range(1, 61):
        rule = "align" if jobid <= 30 else "sort"
        files = {"input": ["a", "b c"], "output": [f"{jobid}.bam"], "log": []}
        engine.job(jobid, rule, wildcards={"s": f"K{jobid}", "t": "ü"}, **files, threads=4)
    engine.finished(60)
    engine.failed(1, msg="no")
    return engine


def rows(run: Engine, query: str = "", kind: str = "csv") -> list[dict[str, str]]:
    answer = run.web.get(f"/workflow/{run.id}/jobs.{kind}{query}")
    assert answer.status_code == 200
    assert answer.mimetype == TABLES[kind].mimetype
    lines = io.StringIO(answer.get_data(as_text=True), newline="")
    return list(csv.DictReader(lines, delimiter=TABLES[kind].delimiter))


def told(run: Engine, query: str = "") -> dict[str, Any]:
    answer = run.web.get(f"/workflow/{run.id}/jobs.json{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_row_tells_what_is_known_of_a_job(run: Engine) -> None:
    row = rows(run)[59]
    assert row["jobid"] == "60"
    assert row["name"] == "sort"
    assert row["wildcards"] == "s=K60; t=ü"
    assert row["status"] == "Done"
    assert row["input"] == "a; b c"
    assert row["log"] == ""
    assert row["threads"] == "4"
    assert row["started_at"].endswith("Z")
    assert float(row["duration"]) >= 0


@pytest.mark.parametrize("query", ["status=Failed", "wildcard=K7", "sort=colour"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "json"])
def test_a_filter_that_is_not_understood_is_refused(run: Engine, kind: str, query: str) -> None:
    answer = run.web.get(f"/workflow/{run.id}/jobs.{kind}?{query}")
    assert answer.status_code == 400
    assert f"{query.partition('=')[0]}: give " in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", range(1, 61)),
        ("?page=2", range(1, 61)),
        ("?status=Error", [1]),
        ("?rule=sort&sort=-jobid", range(60, 30, -1)),
        ("?q=k17", [17]),
        ("?q=nothing", []),
    ],
)
def test_the_file_has_all_pages_of_what_the_page_shows(
    run: Engine, query: str, ids: list[int]
) -> None:
    assert [int(row["jobid"]) for row in rows(run, query)] == list(ids)
    found = told(run, query)
    assert [job["jobid"] for job in found["jobs"]] == list(ids)
    assert found["count"] == len(list(ids))


def test_json_has_the_api_s_fields_and_values(run: Engine) -> None:
    for job in told(run)["jobs"]:
        attempt, api = job.pop("attempt"), run.jobs[job["jobid"]]
        assert attempt == len(api.pop("attempts"))
        if api["status"] == "Running":
            job["duration"] = api["duration"]
        assert job.items() <= api.items()
        assert api.keys() - job.keys() == {"workflow_id", "run"}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\v=1", "＝1", " ＠A1"]
)
@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_no_cell_is_a_formula(client: FlaskClient, kind: str, text: str) -> None:
    engine = Engine(client, "nightly")
    told = {"shellcmd": text, "output": [text], "wildcards": {text: text}}
    engine.job("a", text, **told)
    (row,) = rows(engine, kind=kind)
    for cell in row.values():
        assert not cell.strip().startswith(("=", "+", "-", "@", "＝", "＠"))
    assert row["shell_command"].startswith("'")


def test_no_part_of_a_cell_is_a_formula_where_semicolons_part_cells(client: FlaskClient) -> None:
    engine = Engine(client, "nightly")
    engine.job(1, shellcmd="a;=1; ＝2;b", output=["x", "=3"])
    (row,) = rows(engine)
    assert row["shell_command"] == "a;'=1; '＝2;b"
    assert row["output"] == "x; '=3"


def test_odd_texts_come_back_as_they_were(client: FlaskClient) -> None:
    text = 'a, "b"\n; c\r\n<b>\u2028'
    engine = Engine(client, "nightly")
    engine.job(1, shellcmd=text)
    assert rows(engine)[0]["shell_command"] == text
    assert told(engine)["jobs"][0]["shell_command"] == text


def test_a_cell_holds_no_more_than_spreadsheets_take(client: FlaskClient) -> None:
    engine = Engine(client, "nightly")
    engine.job(1, input=[f"in/{number}" for number in range(10_000)])
    (row,) = rows(engine)
    assert len(row["input"]) == MAX_CELL
    assert row["input"].endswith("…")
    assert len(told(engine)["jobs"][0]["input"]) == 10_000


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nightly", "nightly-jobs.csv"),
        ('a"; filename=x.exe\r\nX: y', "a_filenamex.exe_X_y-jobs.csv"),
        ("../../etc/passwd", "etc_passwd-jobs.csv"),
        ("Zürich ✓", "Zurich-jobs.csv"),
        ("日本", "workflow-1-jobs.csv"),
        ("x" * 200, "x" * 100 + "-jobs.csv"),
    ],
)
def test_the_file_is_called_like_the_workflow(client: FlaskClient, name: str, file: str) -> None:
    answer = client.get(f"/workflow/{Engine(client, name).id}/jobs.csv")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={file}"


def test_an_earlier_run_has_a_file_of_its_own(client: FlaskClient) -> None:
    first = Engine(client, "nightly")
    first.job(1)
    first.finished(1)
    first.progress(1, 1)
    second = Engine(client, "nightly")
    assert second.id == first.id
    answer = client.get(f"/workflow/{first.id}/jobs.csv?run=1")
    assert "nightly-run-1-jobs.csv" in answer.headers["Content-Disposition"]
    assert len(rows(first, "?run=1")) == 1
    assert rows(first) == []


def test_tsv_has_a_line_for_each_job_whatever_its_texts(client: FlaskClient) -> None:
    engine = Engine(client, "nightly")
    engine.job(1, shellcmd="a\tb\r\nc", output=['"quoted"', "=1+1"])
    engine.job(2, shellcmd="\t=1+1")
    answer = client.get(f"/workflow/{engine.id}/jobs.tsv")
    assert answer.mimetype == "text/tab-separated-values"
    assert answer.headers["Content-Disposition"] == "attachment; filename=nightly-jobs.tsv"
    head, first, second, rest = answer.get_data(as_text=True).split("\n")
    assert rest == ""
    columns = head.split("\t")
    assert len(first.split("\t")) == len(second.split("\t")) == len(columns) == len(COLUMNS)
    job = next(csv.DictReader([head, first], delimiter="\t"))
    assert (job["shell_command"], job["output"]) == ("a b  c", '"quoted"; \'=1+1')
    assert dict(zip(columns, second.split("\t"), strict=True))["shell_command"] == "' =1+1"


@pytest.mark.parametrize("kind", ["csv", "tsv", "json"])
def test_what_isn_t_there_is_not_found(client: FlaskClient, run: Engine, kind: str) -> None:
    assert client.get(f"/workflow/99/jobs.{kind}").status_code == 404
    assert client.get(f"/workflow/{run.id}/jobs.{kind}?run=9").status_code == 404
    assert client.head(f"/workflow/{run.id}/jobs.{kind}").status_code == 200


def test_the_page_links_to_what_it_shows(run: Engine, read: Open) -> None:
    links = read(f"/workflow/{run.id}?rule=sort&status=Done&q=K&sort=-jobid&page=1").links
    query = "status=Done&rule=sort&q=K&sort=-jobid"
    assert f"/workflow/{run.id}/jobs.csv?{query}" in links
    assert f"/workflow/{run.id}/jobs.tsv?{query}" in links
    assert f"/workflow/{run.id}/jobs.json?{query}" in links


def test_nothing_to_load_has_no_link(run: Engine, read: Open) -> None:
    assert not [link for link in read(f"/workflow/{run.id}?q=zzz").links if "jobs.csv" in link]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_memory_stays_flat_however_many_jobs(client: FlaskClient, run: Engine, kind: str) -> None:
    with client.application.app_context(), writing() as connection:
        row = {"run_id": 1, "part": 0, "rule": "many", "status": "Done", "attempt": 1}
        row |= {"shell_command": "x" * 2000, "input": ["in"], "is_local": False}
        connection.execute(
            insert(Job), [row | {"key": f"m{n}", "is_checkpoint": False} for n in range(10_000)]
        )
        end_reading()
    answer = client.get(f"/workflow/{run.id}/jobs.{kind}", buffered=False)
    tracemalloc.start()
    length = sum(len(piece) for piece in answer.response)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    answer.close()
    assert length > 20_000_000
    assert most < 8_000_000
