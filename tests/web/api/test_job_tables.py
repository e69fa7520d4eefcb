"""Jobs as CSV and TSV by the API."""

import csv
import io

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine


@pytest.fixture
def run(engine: Engine) -> Engine:
    """A run of ten jobs, one of which failed."""
    for jobid in range(1, 11):
        engine.job(jobid, "align" if jobid <= 5 else "sort", shellcmd="=1+1")
    engine.failed(1)
    return engine


def ids(run: Engine, query: str, delimiter: str) -> list[int]:
    text = run.web.get(f"/api/workflow/{run.id}/jobs?{query}").get_data(as_text=True)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [int(row["jobid"]) for row in rows]


@pytest.mark.parametrize(("kind", "delimiter"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", range(1, 11)),
        ("&status=Error", [1]),
        ("&rule=sort&sort=-jobid", range(10, 5, -1)),
        ("&page=2&per_page=4", range(5, 9)),
        ("&page=9&per_page=4", [9, 10]),
        ("&q=nothing", []),
    ],
)
def test_a_table_has_the_jobs_that_json_would_have(
    run: Engine, kind: str, delimiter: str, query: str, found: list[int]
) -> None:
    assert ids(run, f"format={kind}{query}", delimiter) == list(found)


def test_a_table_is_the_one_that_the_page_gives(run: Engine, client: FlaskClient) -> None:
    for kind, mimetype in (("csv", "text/csv"), ("tsv", "text/tab-separated-values")):
        answer = client.get(f"/api/workflow/{run.id}/jobs?format={kind}")
        assert answer.mimetype == mimetype
        assert answer.data == client.get(f"/workflow/{run.id}/jobs.{kind}").data
        assert b"'=1+1" in answer.data


def test_json_is_what_comes_without_a_format(run: Engine, client: FlaskClient) -> None:
    path = f"/api/workflow/{run.id}/jobs"
    assert client.get(f"{path}?format=json").get_json() == client.get(path).get_json()


def test_another_format_is_refused(run: Engine, client: FlaskClient) -> None:
    answer = client.get(f"/api/workflow/{run.id}/jobs?format=xlsx")
    assert answer.status_code == 400
    assert answer.get_json()["msg"] == "format: give one of json, csv, tsv."
