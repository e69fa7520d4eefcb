"""A run with very many jobs: each page looks at a part of them, says so, and leads to the rest."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from panoptes.queries import candidates, job_lists, messages, search
from panoptes.queries import timeline as timelines
from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import assert_is_sound
from tests.web.pages.test_timeline import bars
from tests.web.pages.test_workflow import jobs_of, rows_of

Follow = Callable[[Document, str], Document]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 40 jobs be very many."""
    monkeypatch.setattr(job_lists, "SORTED", 5)
    monkeypatch.setattr(job_lists, "LOOKED_THROUGH", 10)
    monkeypatch.setattr(messages, "LOOKED_THROUGH", 10)
    monkeypatch.setattr(search, "SEARCHED_JOBS", 10)
    monkeypatch.setattr(candidates, "MOST", 8)
    monkeypatch.setattr(candidates, "FIRST_OF_RULE", 2)
    monkeypatch.setattr(timelines, "DRAWN", 10)
    monkeypatch.setattr(timelines, "DRAWN_OF_RULE", 10)


@pytest.fixture
def run(client: FlaskClient, time: Clock) -> Engine:
    """Twenty samples are trimmed and aligned, one after the other; then all are summed up."""
    run = Engine(client, "nightly")
    for number in range(20):
        for step, rule in enumerate(("trim", "align")):
            jobid, sample = 2 * number + step, f"K{number}"
            made = {"input": [f"{step}/{sample}.bam"], "output": [f"{step + 1}/{sample}.bam"]}
            run.job(jobid, rule, wildcards={"s": sample}, **made, shellcmd=f"run --{jobid}--")
            run.info(f"line {jobid} of {rule}")
            time.move(minutes=1 + step)
            run.finished(jobid)
    inputs = [f"2/K{number}.bam" for number in range(20)]
    run.job(40, "sum", input=inputs, output=["sum.txt"])
    return run


@pytest.fixture
def follow(read: Open) -> Follow:
    """Follow the link to what comes next, of the pager of a list."""

    def follow(page: Document, parameter: str) -> Document:
        tags = [attrs for tag, attrs in page.tags if tag == "a" and attrs.get("rel") == "next"]
        links = [str(attrs["href"]) for attrs in tags if parameter in str(attrs["href"])]
        return read(links[0].partition("#")[0])

    return follow


# --- the list of jobs -----------------------------------------------------------------------------


def test_a_text_is_looked_for_in_some_jobs_at_a_time(
    run: Engine, read: Open, follow: Follow
) -> None:
    page = read(f"/workflow/{run.id}?q=--25--")
    assert "No match yet: more jobs are left to search." in page.text
    assert "Part of 41 jobs searched" in page.text
    assert f"/workflow/{run.id}/jobs.csv?q=--25--" in page.links
    second = follow(page, "after=")
    assert jobs_of(second) == []
    third = follow(second, "after=")
    assert jobs_of(third) == ["25"]
    last = follow(follow(third, "after="), "after=")
    assert "All of 41 jobs searched" in last.text
    assert f"/workflow/{run.id}?q=--25--#jobs" in last.links


def test_going_on_finds_each_match_once(
    run: Engine, read: Open, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        run.job(100 + number, "trim", shellcmd="needle")
    monkeypatch.setattr(job_lists, "LOOKED_THROUGH", 95)
    page = read(f"/workflow/{run.id}?q=needle")
    assert jobs_of(page) == [str(100 + number) for number in range(50)]
    page = follow(page, "after=")
    assert jobs_of(page) == [str(150 + number) for number in range(10)]


@pytest.mark.parametrize(
    ("query", "number", "first"),
    [
        ("rule=align", 20, "1"),
        ("status=Done", 40, "0"),
        ("rule=align&status=Done", 20, "1"),
        ("wildcard=s%3DK7", 2, "14"),
        ("wildcard=s%3DK7&rule=align", 1, "15"),
        ("wildcard=s%3DK7&status=Running", 0, None),
        ("wildcard=s%3DK7&rule=align&q=--15--", 1, "15"),
        ("rule=sum&q=SUM", 1, "40"),
    ],
)
def test_what_is_counted_is_found_whole(
    run: Engine, read: Open, query: str, number: int, first: str | None
) -> None:
    found = jobs_of(read(f"/workflow/{run.id}?{query}"))
    assert (len(found), next(iter(found), None)) == (number, first)
    api = run.web.get(f"/api/workflow/{run.id}/jobs?{query}&per_page=5").get_json()
    assert (api["count"], len(api["jobs"])) == (number, min(5, number))


def test_a_value_of_very_many_jobs_is_found_by_what_finds_fewer(run: Engine, read: Open) -> None:
    for number in range(50, 70):
        run.job(number, "trim", wildcards={"lane": "1"})
    run.job(70, "align", wildcards={"lane": "1"})
    run.failed(70, "align")
    for query in ("rule=align", "status=Error", "rule=align&status=Error"):
        assert jobs_of(read(f"/workflow/{run.id}?wildcard=lane%3D1&{query}"))[-1] == "70"


@pytest.mark.parametrize("per_page", [1, 7, 20, 41])
def test_pages_from_the_end_are_those_from_the_start(run: Engine, per_page: int) -> None:
    for number in (5, 11, 38):
        run.failed(number, "trim" if number % 2 == 0 else "align")
    run.job(3, "align")
    for order in (
        "",
        "&sort=duration",
        "&sort=-duration",
        "&sort=-name",
        "&sort=completed_at",
        "&sort=status",
        "&sort=-status",
    ):
        address = f"/api/workflow/{run.id}/jobs"
        whole = [job["jobid"] for job in run.web.get(f"{address}?{order}").get_json()["jobs"]]
        pages = []
        for number in range(1, -(-41 // per_page) + 1):
            query = f"?per_page={per_page}&page={number}{order}"
            pages += [job["jobid"] for job in run.web.get(address + query).get_json()["jobs"]]
        assert pages == whole


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", ["55", "56", "58", "59", "40", "57"]),
        ("rule=align", ["55", "56", "58", "59", "57", "1"]),
        ("wildcard=lane%3D1", ["55", "56", "58", "59", "57", "50"]),
        ("sort=-status", ["54", "53", "52", "51", "50", "39"]),
        ("status=Error&sort=-status", ["59", "58", "56", "55"]),
        ("q=a", ["0", "1", "2", "3", "4", "5"]),
    ],
)
def test_what_failed_comes_first_then_what_runs(
    run: Engine, read: Open, query: str, first: list[str]
) -> None:
    for number in range(50, 60):
        run.job(number, "align", wildcards={"lane": "1"})
        run.finished(number) if number < 55 else run.failed(number, "align")
    run.info("Trying to restart job 57.")
    run.job(57, "align")
    assert rows_of(read(f"/workflow/{run.id}?{query}"))[:6] == first


# --- the log and the search -----------------------------------------------------------------------


def test_a_long_log_is_looked_through_in_parts(run: Engine, read: Open, follow: Follow) -> None:
    page = read(f"/workflow/{run.id}?log_q=line+25+")
    assert "No match yet: more lines are left to search." in page.text
    page = follow(follow(page, "log_after="), "log_after=")
    assert "line 25 of align" in page.text


def test_older_jobs_are_searched_on_demand(run: Engine, read: Open, follow: Follow) -> None:
    page = read("/search?q=--25--")
    assert "No matches for '--25--' in the newest 10 of 41 jobs." in page.text
    assert "Search 10 older jobs" in page.text
    page = follow(page, "before=")
    assert f"/workflow/{run.id}/job/25" in page.links
    for _ in range(3):
        page = follow(page, "before=")
    assert "No matches for '--25--' in these 1 of 41 jobs. Try a shorter text" in page.text
    assert "No older jobs" in page.text


def test_a_search_that_found_enough_says_how_many_jobs_it_looked_at(
    run: Engine, read: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for jobid in range(50, 110):
        run.job(jobid, shellcmd="needle")
    monkeypatch.setattr(search, "SEARCHED_JOBS", 100)
    page = read("/search?q=needle").text
    assert "Only the 50 newest are shown." in page
    assert "jobs in the newest 50 of 101 jobs." in page


def test_a_search_among_very_many_runs_says_more_than_it_can_count(
    client: FlaskClient, run: Engine, read: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Engine(client, "later")
    for jobid in range(12):
        later.job(jobid)
    with monkeypatch.context() as patched:
        patched.setattr(search, "SEARCHED_RUNS", 1)
        assert "in the newest 10 of more than 12 jobs." in read("/search?q=zzz").text
    assert "in the newest 10 of 53 jobs." in read("/search?q=zzz").text


def test_a_sample_is_found_however_old_its_jobs(run: Engine, read: Open) -> None:
    page = read("/search?q=k3")
    assert "Wildcards 1 s = K3 2 jobs in nightly" in page.text, page.text[400:]
    assert f"/workflow/{run.id}?wildcard=s%3DK3#jobs" in page.links


# --- the timeline ---------------------------------------------------------------------------------


def test_the_timeline_draws_the_newest_jobs_and_a_bar_for_each_rule(
    run: Engine, read: Open
) -> None:
    page = read(f"/workflow/{run.id}/timeline")
    assert_is_sound("timeline", page)
    assert "41 jobs · 1 h of work in 1 h" in page.text
    assert "Jobs 41 to 41 of 41" in page.text
    assert bars(page) == ["running"]
    extents = [label for label in page.attributes("svg", "aria-label") if ": " in str(label)]
    assert extents[:3] == ["trim: 20 jobs", "align: 20 jobs", "sum: 1 job"]
    assert "align 67 % 40 min 2 min 2 min 20" in page.text


def test_the_whole_and_its_parts_count_the_same_work_also_of_jobs_that_run(
    run: Engine, read: Open, time: Clock
) -> None:
    run.plan(later=3)
    time.move(minutes=9)
    page = read(f"/workflow/{run.id}/timeline")
    assert "41 jobs · 1 h 9 min of work in 1 h 9 min" in page.text
    assert "1 job · 9 min of work in 9 min" in page.text
    assert "sum 13 % 9 min – – 1" in page.text
    parts = [read(f"/workflow/{run.id}/timeline?page={number}").text for number in range(1, 5)]
    assert sum("10 jobs · 15 min of work" in part for part in parts) == 4


def test_a_silent_run_s_jobs_count_until_it_was_last_heard_of(
    run: Engine, read: Open, time: Clock
) -> None:
    time.move(minutes=5)
    run.info("still there")
    time.move(hours=60)
    page = read(f"/workflow/{run.id}/timeline").text
    assert "41 jobs · 1 h 5 min of work in 1 h 5 min" in page


def test_the_other_jobs_are_drawn_page_by_page(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}/timeline?page=1")
    assert "Jobs 1 to 10 of 41" in page.text
    assert bars(page) == ["done"] * 10
    links = [link for link in page.links if "/job/" in link]
    assert links[0] == f"/workflow/{run.id}/job/0"
    assert f"/workflow/{run.id}/timeline?page=2#part" in page.links
    assert "10 jobs · 15 min of work in 15 min" in page.text


def test_of_a_rule_alone_the_longest_jobs_are_those_of_all(
    run: Engine, read: Open, time: Clock
) -> None:
    run.job(50, "align", wildcards={"s": "slow"})
    time.move(hours=3)
    run.finished(50)
    run.job(51, "align", wildcards={"s": "hangs"})
    time.move(hours=4)
    page = read(f"/workflow/{run.id}/timeline?rule=align&page=1")
    assert "Jobs 1 to 10 of 22 of align" in page.text
    assert "● Running s=hangs 1 +4 h 4 h ✓ Done s=slow 1 +1 h 3 h ✓ Done" in page.text
    assert bars(page) == ["done"] * 10


def test_failed_attempts_of_a_part_are_drawn(run: Engine, read: Open, time: Clock) -> None:
    run.job(50, "align")
    time.move(minutes=1)
    run.failed(50, "align")
    run.job(50, "align")
    page = read(f"/workflow/{run.id}/timeline")
    assert sorted(bars(page)) == ["error", "running", "running"]
    assert "align: 21 jobs, 1 failed attempt" in page.attributes("svg", "aria-label")


# --- files and the graph --------------------------------------------------------------------------


def test_a_job_s_neighbours_share_its_sample(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}/job/29")
    assert "1/K14.bam ← made by ✓ Done: trim s=K14" in page.text
    assert "2/K14.bam → used by ● Running: sum" in page.text
    assert "Links to other jobs come from a search of 7 jobs" in page.text


def test_who_gathers_samples_finds_them_by_the_names_of_its_files(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}/job/40").text
    assert "2/K0.bam ← made by ✓ Done: align s=K0" in page
    assert page.count("← made by") >= 4


def test_the_first_jobs_of_a_rule_tell_what_it_feeds(run: Engine, read: Open) -> None:
    page = read(f"/workflow/{run.id}/graph").text
    assert "align reads files from trim" in page
    assert "sum reads files from align" in page


# --- runs -----------------------------------------------------------------------------------------


def test_a_workflow_that_ran_very_often_lists_its_runs_in_pages(
    client: FlaskClient, read: Open
) -> None:
    for _ in range(52):
        run = Engine(client, "weekly")
        run.progress(1, 1)
    page = read(f"/workflow/{run.id}")
    assert f"/workflow/{run.id}?run=3" in page.links
    assert f"/workflow/{run.id}?run=2" not in page.links
    assert f"/workflow/{run.id}?run=2" in read(f"/workflow/{run.id}?runs_page=2").links
