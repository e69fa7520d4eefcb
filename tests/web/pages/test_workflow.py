"""The page of a workflow."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document


def test_the_head_tells_how_far_it_is(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "nightly")
    run.plan(align=400)
    for jobid in range(1, 4):
        run.job(jobid)
    run.finished(1)
    run.failed(2)
    time.move(minutes=131)
    page = read(f"/workflow/{run.id}").text
    assert "✗ Error · still running" in page
    assert "1 of 400 done · 1 running · 1 failed · 397 pending" in page
    assert "started 2 h ago · 2 h 11 min" in page


def test_the_failed_and_the_running_jobs_are_a_click_away(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in (1, 2):
        run.job(jobid)
    run.failed(2)
    for page in ("", "/timeline"):
        links = read(f"/workflow/{run.id}{page}").links
        for status, jobid in (("Running", "1"), ("Error", "2")):
            link = f"/workflow/{run.id}?status={status}#jobs"
            assert link in links
            assert rows_of(read(link)) == [jobid]


def test_a_retried_job_is_told(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'retry')}").text
    assert "✓ Done · 1 retried" in page
    assert "First failure" not in page


def test_the_failure_comes_before_everything_else(
    read: Open, replay: Callable[[str, str], int]
) -> None:
    workflow = replay("sm8", "fail")
    page = read(f"/workflow/{workflow}")
    failure, rules = page.text.index("First failure: bad"), page.text.index("Planned")
    assert failure < rules
    assert "exit status 3" in page.text[failure:rules]
    assert "logs/bad.log" in page.text[failure:rules]
    assert "echo 'boom <script>alert(1)</script>' > logs/bad.log; exit 3" in page.text
    assert f"/workflow/{workflow}/job/1" in page.links
    assert "/home/user/project/logs/bad.log" in page.attributes("code", "data-copy")


def test_a_failure_without_words_says_where_to_look(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, log=["logs/1.log"])
    run.failed(1)
    page = read(f"/workflow/{run.id}").text
    assert "Snakemake gave no reason. See the log." in page
    assert "logs/1.log" in page


def test_the_other_failures_are_grouped_by_rule_and_linked(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(1, 31):
        rule = "sort" if jobid % 3 == 0 else "align"
        run.job(jobid, rule, wildcards={"s": f"K{jobid}"})
        run.failed(jobid, rule)
    page = read(f"/workflow/{run.id}")
    assert "7 in align :" in page.text
    assert "3 in sort :" in page.text
    assert "All 30 failed jobs" in page.text
    assert f"/workflow/{run.id}?status=Error#jobs" in page.links


def test_two_failures_are_a_click_away(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in (1, 2):
        run.job(jobid)
        run.failed(jobid)
    page = read(f"/workflow/{run.id}")
    assert "All 2 failed jobs" in page.text
    assert f"/workflow/{run.id}?status=Error#jobs" in page.links


def test_a_run_that_fails_without_a_job_shows_its_own_words(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.send("error", msg="MissingInputException in rule a:\nreads.fastq")
    page = read(f"/workflow/{run.id}").text
    assert "What went wrong" in page
    assert "MissingInputException in rule a: reads.fastq" in page


def test_rules_tell_what_is_planned_and_what_is_left(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.plan(align=48, sort=2)
    run.job(1)
    page = read(f"/workflow/{run.id}").text
    assert "align 0 of 48 done 48 47 1" in page
    assert "planned. Snakemake" not in page


def test_without_a_plan_the_rest_is_told_to_be_unannounced(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.progress(0, 8)
    run.job(1)
    page = read(f"/workflow/{run.id}").text
    assert "align 0 of the 1 begun 1" in page
    assert "7 more jobs planned." in page


def test_a_dry_run_says_that_nothing_was_run(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'dryrun')}").text
    assert "○ No Execution" in page
    assert "8 planned, nothing ran" in page


def test_a_new_run_says_that_nothing_came_yet(client: FlaskClient, read: Open) -> None:
    page = read(f"/workflow/{Engine(client, 'nightly').id}").text
    for words in ("no jobs yet", "No rule has started yet.", "No jobs yet."):
        assert words in page


# --- jobs -----------------------------------------------------------------------------------------


def jobs_of(page: Document) -> list[str]:
    """Return the ids of the jobs that a page links."""
    return jobs_of_links(page.links)


def jobs_of_links(links: list[str]) -> list[str]:
    """Return the ids in the addresses of jobs."""
    return [link.rpartition("/")[2] for link in links if "/job/" in link]


def rows_of(page: Document) -> list[str]:
    """Return the ids of the jobs' table alone, from top to bottom."""
    links = [attrs for tag, attrs in page.tags if tag == "a" and attrs.get("class") == "whole"]
    return jobs_of_links([str(attrs["href"]) for attrs in links])


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    """A run of sixty jobs, one of which failed and one of which is done."""
    engine = Engine(client, "nightly")
    engine.plan(align=30, sort=30)
    for jobid in range(1, 61):
        rule = "align" if jobid <= 30 else "sort"
        engine.job(jobid, rule, wildcards={"s": f"K{jobid}"}, shellcmd=f"{rule} --K{jobid}")
    engine.finished(60)
    return engine


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("status=Done", ["60"]),
        ("rule=sort&status=Done", ["60"]),
        ("rule=align&status=Done", []),
        ("q=--k17", ["17"]),
        ("sort=-name&page=2", [str(jobid) for jobid in range(10, 0, -1)]),
        ("page=2", [str(jobid) for jobid in range(51, 61)]),
        ("page=99", [str(jobid) for jobid in range(51, 61)]),
    ],
)
def test_jobs_are_filtered_sorted_and_paged(
    run: Engine, read: Open, query: str, ids: list[str]
) -> None:
    assert jobs_of(read(f"/workflow/{run.id}?{query}")) == ids


def test_the_form_of_the_jobs_shows_what_is_wanted(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}?status=Done&rule=sort&q=K6&sort=-duration")
    chosen = [attrs.get("value") for tag, attrs in page.tags if "selected" in attrs]
    assert chosen == [None, "sort"]
    assert "K6" in page.attributes("input", "value")
    assert "-duration" in page.attributes("input", "value")
    assert f"/workflow/{run.id}?sort=-duration#jobs" in page.links


def test_nothing_found_offers_all_jobs(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}?q=zzz")
    assert "No jobs match." in page.text
    assert f"/workflow/{run.id}#jobs" in page.links


# --- log and runs ---------------------------------------------------------------------------------


def test_the_log_is_filtered_and_paged(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for number in range(60):
        run.info(f"line {number}")
    run.send("warning", msg="careful")
    page = read(f"/workflow/{run.id}?log_page=2")
    assert "line 49" not in page.text
    assert "line 50" in page.text
    page = read(f"/workflow/{run.id}?log_level=warning")
    assert "careful" in page.text
    assert "line 1" not in page.text
    assert "No lines match." in read(f"/workflow/{run.id}?log_level=error").text


def test_a_log_is_shown_from_its_end(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for number in range(60):
        run.info(f"line {number}")
    page = read(f"/workflow/{run.id}")
    assert "line 59" in page.text
    assert "line 49" not in page.text
    assert "Page 2 of 2" in page.text
    assert any("log_page=1" in link for link in page.links)
    assert "line 0" in read(f"/workflow/{run.id}?log_q=line").text


def test_an_earlier_run_stays_readable(read: Open, replay: Callable[[str, str], int]) -> None:
    workflow = replay("sm9", "ok")
    assert replay("sm8", "ok") == workflow
    page = read(f"/workflow/{workflow}")
    assert "run 2 of 2" in page.text
    assert f"/workflow/{workflow}?run=1" in page.links
    earlier = read(f"/workflow/{workflow}?run=1")
    assert "This is run 1 of 2." in earlier.text
    assert any(link.startswith(f"/workflow/{workflow}/job/3?run=1") for link in earlier.links)


@pytest.mark.parametrize(
    "address",
    [
        "/workflow/99",
        "/workflow/99999999999999999999",
        "/workflow/{id}?run=2",
        "/workflow/{id}?run=0",
        "/workflow/{id}?run=x",
        "/workflow/{id}?run=99999999999999999999",
        "/workflow/{id}/job/99",
        "/workflow/{id}/job/%00",
        "/workflow/{id}/job/1?part=x",
        "/workflow/{id}/job/1?part=5",
        "/workflow/99/job/1",
        "/workflow/99/rename",
        "/workflow/99/cancel",
        "/workflow/99/delete",
        "/nowhere",
    ],
)
def test_what_isn_t_there_is_a_page_that_says_so(client: FlaskClient, address: str) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    page = Document(client.get(address.format(id=run.id)))
    assert page.status == 404
    assert "Not found" in page.text
    assert "/workflows/" in page.links


@pytest.mark.parametrize("typed", ["s=K1", "s = K1"])
def test_jobs_are_filtered_by_a_whole_wildcard(read: Open, engine: Engine, typed: str) -> None:
    for jobid, sample in enumerate(["K1", "K10"]):
        engine.job(jobid, wildcards={"s": sample})
    page = read(f"/workflow/{engine.id}?wildcard={quote(typed)}")
    assert "s=K1" in page.text
    assert "s=K10" not in page.text


def test_failures_that_are_alike_stand_together(read: Open, engine: Engine) -> None:
    for jobid, status in enumerate([1, 3, 3, 4]):
        engine.job(jobid, shellcmd=f"run {jobid}", wildcards={"s": f"K{jobid}"})
        text = f"RuleException:\nCommand 'run {jobid}' returned non-zero exit status {status}."
        engine.send("error", msg=text)
        engine.failed(jobid)
    told = "".join(read(f"/workflow/{engine.id}").text.split())
    assert "2inalign(exitstatus3):s=K1,s=K2" in told
    assert "1inalign(exitstatus4):s=K3" in told


def test_the_log_is_filtered_by_level_and_text(read: Open, engine: Engine) -> None:
    engine.info("Select jobs to execute...")
    engine.send("warning", msg="The flag 'ancient' was not used.")
    page = read(f"/workflow/{engine.id}?log_q=ANCIENT")
    assert "not used" in page.text
    assert "Select jobs" not in page.text
    assert "not used" not in read(f"/workflow/{engine.id}?log_q=ANCIENT&log_level=info").text


def test_the_log_offers_every_level(read: Open, engine: Engine) -> None:
    engine.info("one")
    links = read(f"/workflow/{engine.id}").links
    for level in ("info", "warning", "error"):
        assert f"/workflow/{engine.id}?log_level={level}#log" in links
