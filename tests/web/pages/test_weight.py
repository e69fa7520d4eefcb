"""Pages are light whatever a run holds: 300 rules, 6,000 jobs, long names and paths."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice

import pytest
from flask.testing import FlaskClient

from benchmarks.filling import Timed, fill
from devtools.running import ROOT
from panoptes.app import create_app
from panoptes.config.settings import Settings

pytestmark = pytest.mark.slow

MOST = 150_000
RULES, SAMPLES = 300, 20
LAST = RULES * SAMPLES
NAMES = [f"rule_{number:03}_".ljust(60, "x") for number in range(RULES)]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A server with a large run, 30 small ones that run, and 100 that failed."""
    folder = tmp_path_factory.mktemp("weight")
    url = f"sqlite:///{folder / 'panoptes.db'}"
    app = create_app(Settings(db_url=url, secret_key_file=str(folder / "panoptes.key")))
    end = datetime.now(timezone.utc)
    small = ((f"cohort_{number:03}".ljust(120, "c"), _small(number, end)) for number in range(130))
    middle = ("middle", islice(_large(end), 760))
    fill(app, [("large".ljust(200, "n"), _large(end)), *small, middle])
    return app.test_client()


def _large(end: datetime) -> Iterator[Timed]:
    rows = [f"{name}    {SAMPLES + 3}" for name in NAMES]
    rows.append(f"total    {LAST + 3 * RULES}")
    table = ["Job stats:", "job    count", "-----  -----", *rows, ""]
    at = end - timedelta(hours=10)
    yield at, {"level": "run_info", "msg": "\n".join(table)}
    for jobid in range(1, LAST + 1):
        at += timedelta(seconds=5)
        yield at, _job(jobid)
        yield at, {"level": "info", "msg": f"line {_path(0, 0)}"}
        if 40 < jobid < LAST - 60:
            yield at, _end(jobid - 40)


def _small(number: int, end: datetime) -> Iterator[Timed]:
    at = end - timedelta(hours=2)
    for jobid in range(1, 5):
        yield at, _job(jobid)
    if number >= 30:
        yield end, _failed(1)
        yield end, {"level": "info", "msg": f"Complete log: {_path(0, 0)}"}


def _job(jobid: int) -> dict[str, object]:
    sample, rule = divmod(jobid - 1, RULES)
    names = ("sample", "lane", "chromosome")
    read = [_path(sample, other) for other in (rule - 30, rule - 31) if other >= 0]
    if jobid == LAST:
        read = [_path(number, rule) for number in range(3000)]
    return {
        "level": "job_info",
        "jobid": jobid,
        "name": NAMES[rule],
        "wildcards": {name: f"{name}_{sample:02}_".ljust(40, "w") for name in names},
        "input": read,
        "output": [_path(sample, rule)],
        "log": [_path(sample, rule)],
        "shellcmd": f"tool {' '.join(read)}",
        "reason": f"Missing output files: {_path(sample, rule)}",
        "threads": 4,
    }


def _end(jobid: int) -> dict[str, object]:
    return _failed(jobid) if jobid % 20 == 7 else {"level": "job_finished", "jobid": jobid}


def _failed(jobid: int) -> dict[str, object]:
    name, words = NAMES[(jobid - 1) % RULES], f"Error in rule: {_path(0, 0) * 3}"
    return {"level": "job_error", "jobid": jobid, "name": name, "msg": words}


def _path(sample: int, rule: int) -> str:
    return f"/data/{rule:03}/{sample:02}/".ljust(1000, "p")


def first_load(client: FlaskClient, address: str) -> int:
    """Return how many bytes a page has, with the style and the scripts that it names."""
    answer = client.get(address)
    assert answer.status_code == 200
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text))
    assert files
    sizes = ((ROOT / "panoptes" / file[1:].partition("?")[0]).stat().st_size for file in files)
    return len(answer.data) + sum(sizes)


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/wall",
        "/workflows/",
        "/workflows/?status=Error",
        "/search?q=rule",
        "/search?q=data",
        "/search?q=cohort",
        "/workflow/1/timeline",
        "/workflow/1/timeline?page=1",
        f"/workflow/1/timeline?rule={NAMES[0]}",
        "/workflow/1/graph",
        "/workflow/1/samples",
        "/workflow/1/job/1",
        "/workflow/1/job/7",
        f"/workflow/1/job/{LAST}",
        "/workflow/40",
        "/workflow/132/timeline",
        "/workflow/132/samples",
        "/workflow/1/resources",
    ],
)
def test_the_first_load_of_a_page_is_light(full: FlaskClient, address: str) -> None:
    assert first_load(full, address) <= MOST


def test_the_page_of_a_large_run_is_light_without_its_style_and_scripts(full: FlaskClient) -> None:
    for query in ("", "?status=Error", "?q=data", f"?rule={NAMES[0]}"):
        assert len(full.get(f"/workflow/1{query}").data) <= MOST, query


def test_very_many_rules_are_not_all_named_to_choose_from(full: FlaskClient) -> None:
    for path in ("", "/timeline"):
        assert '<input type="search" name="rule"' in full.get(f"/workflow/1{path}").text


def test_long_lines_of_a_log_are_whole_on_demand(full: FlaskClient) -> None:
    page = full.get("/workflow/1").text
    assert f"line {_path(0, 0)}" not in page
    (link,) = re.findall(r'href="([^"]+)">Show long lines whole', page)
    assert f"line {_path(0, 0)}" in full.get(link).text
