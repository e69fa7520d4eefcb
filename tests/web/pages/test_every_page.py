"""What holds for every page that can be reached, whatever a client called its things."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from panoptes.database.connections import writing
from panoptes.models.run import Run
from tests import recorded
from tests.engine import Engine
from tests.web.pages.document import Document

# Files, and what programs ask for.
NO_PAGE = re.compile(r"^/(api|ga4gh)/|/(jobs|report|history|compare)\.|\.atom$|\.svg$")
OLDER = ("a28", "a78", "sm7", "sm8")
HOSTILE = "\"><script>alert('x')</script><img src=x onerror=alert(1)>{{7**8}}\u202e"


def pages(client: FlaskClient, start: str = "/") -> Iterator[tuple[str, Document]]:
    """Yield what the links lead to; of addresses that differ in their query's values, one."""
    known, waiting = {start}, [start]
    for address in waiting:
        page = Document(client.get(address))
        yield address, page
        for link in (urldefrag(link).url for link in page.links):
            kind = re.sub(r"=[^&]*", "", link)
            is_page = link == "/api/docs" or not NO_PAGE.search(link)
            if link and kind not in known and is_page:
                known.add(kind)
                waiting.append(link)


@pytest.fixture
def hostile(client: FlaskClient) -> Engine:
    """A run in which every text is somebody's attempt."""
    run = Engine(client, HOSTILE, command=HOSTILE, workdir=HOSTILE, snakefile=HOSTILE)
    texts = {"msg": HOSTILE, "reason": HOSTILE, "shellcmd": HOSTILE, "benchmark": HOSTILE}
    lists = {"input": [HOSTILE], "output": [HOSTILE], "log": [HOSTILE]}
    for jobid in ("a/b", HOSTILE[:90], 3):
        run.job(jobid, HOSTILE, wildcards={HOSTILE: HOSTILE}, **texts, **lists)
    run.send("error", msg=HOSTILE)
    run.failed(3, HOSTILE)
    run.info(HOSTILE)
    return run


def assert_is_sound(address: str, page: Document) -> None:
    assert page.status == 200, (address, page.status, page.text)
    for tag, attrs in page.tags:
        assert "style" not in attrs, address
        assert not [name for name in attrs if name.startswith("on")], address
        assert tag != "style", address
        if tag == "script":
            assert str(attrs["src"]).startswith("/static/"), address
        if tag == "img":
            assert str(attrs["src"]).startswith("/static/"), address
    forms = [attrs for tag, attrs in page.tags if tag == "form" and attrs.get("method") == "post"]
    marks = [attrs for tag, attrs in page.tags if attrs.get("name") == "csrf_token"]
    assert len(forms) == len(marks), address
    assert not [link for link in page.links if re.match(r"\s*(javascript|data):|//", link)], address
    assert len([tag for tag, _ in page.tags if tag == "h1"]) == 1, address


def test_every_page_of_hostile_names_is_sound(client: FlaskClient, hostile: Engine) -> None:
    found = dict(pages(client))
    for address, page in found.items():
        assert_is_sound(address, page)
    assert len(found) > 20
    assert "5764801" not in found[f"/workflow/{hostile.id}"].text, "A template ran."
    assert HOSTILE in found[f"/workflow/{hostile.id}"].text


# What a page asks of PostgreSQL doesn't depend on the client: the newest is enough.
@pytest.mark.parametrize(
    ("ready_url", "name"),
    [
        *(pytest.param("sqlite", name, marks=pytest.mark.slow) for name in OLDER),
        ("sqlite", "sm9"),
        pytest.param("postgres", "sm9", marks=pytest.mark.external),
    ],
    indirect=["ready_url"],
)
def test_every_page_of_recorded_runs_is_sound(client: FlaskClient, name: str) -> None:
    for scenario in ("ok", "nothing", "dryrun", "fail", "retry", "checkpoint", "odd", "until"):
        recorded.replay(client, name, scenario)
    addresses = []
    for address, page in pages(client):
        assert_is_sound(address, page)
        addresses.append(address)
    assert len(addresses) > 60


def test_the_links_to_jobs_with_odd_ids_lead_to_them(client: FlaskClient, hostile: Engine) -> None:
    page = Document(client.get(f"/workflow/{hostile.id}"))
    links = {link for link in page.links if "/job/" in link}
    assert len(links) == 3
    assert {Document(client.get(link)).status for link in links} == {200}


def test_a_page_is_read_without_scripts(client: FlaskClient, hostile: Engine) -> None:
    """What only scripts can do is hidden until they run."""
    page = Document(client.get(f"/workflow/{hostile.id}"))
    buttons = [attrs for tag, attrs in page.tags if tag == "button" and attrs.get("type")]
    assert buttons
    assert all("hidden" in attrs for attrs in buttons)


def test_the_pages_of_a_run_use_the_words_of_its_engine(client: FlaskClient) -> None:
    run = Engine(client, "nightly", command="nextflow run main.nf", snakefile="main.nf")
    run.job(1, "ALIGN", wildcards={"s": "K1"})
    run.failed(1, "ALIGN")
    with client.application.app_context(), writing() as connection:
        connection.execute(update(Run).values(engine="nextflow"))
    address = f"/workflow/{run.id}"
    for path in ("", "/graph", "/samples", "/resources", "/timeline", "/report.html", "/cancel"):
        page = Document(client.get(f"{address}{path}"))
        assert page.status == 200
        # A report's text begins with its style sheet.
        words = page.text.rpartition("} ")[2]
        assert not re.search(r"\b([Rr]ules?|[Ss]nakemake|[Ss]nakefile)\b", words), path
    text = Document(client.get(address)).text
    for words in ("Processes", "Tasks", "Script main.nf", "Nextflow gave no reason."):
        assert words in text
    assert "Task details" in Document(client.get(f"{address}/job/1")).text
