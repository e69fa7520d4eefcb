"""The page that tells which samples are through."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE, assert_is_sound

Replay = Callable[[str, str], int]


@pytest.fixture
def run(client: FlaskClient) -> Engine:
    """K1 is through, K2 failed, K10 runs, and K11 waits for its second rule."""
    run = Engine(client, "nightly")
    run.plan(trim=4, align=4, all=1)
    for jobid, sample in enumerate(("K10", "K1", "K2", "K11")):
        run.job(jobid, "trim", wildcards={"s": sample})
        run.finished(jobid)
    for jobid, sample in enumerate(("K10", "K1", "K2"), 10):
        run.job(jobid, "align", wildcards={"s": sample})
    run.finished(11)
    run.failed(12, "align")
    return run


def rows(page: Document) -> list[str]:
    """Return the values that the page shows."""
    keys = page.attributes("tr", "data-key")
    return [key.removeprefix("value ") for key in keys]


def test_the_page_tells_how_many_are_through_and_where_the_others_are(
    read: Open, run: Engine
) -> None:
    page = read(f"/workflow/{run.id}/samples")
    assert "1 of 4 finished ✗ 1 failed ● 1 running ○ 1 waiting" in page.text
    assert rows(page) == ["K2", "K10", "K11", "K1"]
    assert "✗ K2 failed ✓ ✗" in page.text
    assert "○ K11 waiting ✓ ○" in page.text
    states = [["done", "failed"], ["done", "running"], ["done"], ["done", "done"]]
    assert page.attributes("a", "aria-label") == [state for row in states for state in row]
    assert page.attributes("td", "aria-label") == ["not started yet"]
    assert page.attributes("th", "title") == ["trim", "align"]


def test_a_cell_leads_to_its_job_and_a_value_to_its_jobs(read: Open, run: Engine) -> None:
    links = read(f"/workflow/{run.id}/samples").links
    assert f"/workflow/{run.id}/job/12" in links
    assert f"/workflow/{run.id}?wildcard=s%3DK11#jobs" in links


def test_a_cell_of_several_jobs_counts_them_and_leads_to_their_list(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    for jobid in range(3):
        run.job(jobid, "trim", wildcards={"s": "K1", "lane": jobid})
    run.finished(0)
    run.finished(1)
    run.failed(2, "trim")
    page = read(f"/workflow/{run.id}/samples?wildcard=s")
    assert "✗ 2/3" in page.text
    assert page.attributes("a", "aria-label") == ["1 failed, 2 done"]
    assert f"/workflow/{run.id}?rule=trim&wildcard=s%3DK1#jobs" in page.links


def test_an_earlier_run_has_its_own_samples(client: FlaskClient, read: Open) -> None:
    for sample in ("old", "new"):
        run = Engine(client, "nightly")
        run.job(1, "trim", wildcards={"s": sample})
        run.finished(1)
        run.send("workflow_success")
    page = read(f"/workflow/{run.id}/samples?run=1")
    assert rows(page) == ["old"]
    assert f"/workflow/{run.id}/job/1?run=1" in page.links
    assert f"/workflow/{run.id}?run=1&wildcard=s%3Dold#jobs" in page.links
    assert client.get(f"/workflow/{run.id}/samples?run=3").status_code == 404


def test_another_wildcard_can_be_chosen(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, "trim", wildcards={"s": "K1", "lane": "7"})
    run.job(2, "sort", wildcards={"s": "K1"})
    assert rows(read(f"/workflow/{run.id}/samples")) == ["K1"]
    assert rows(read(f"/workflow/{run.id}/samples?wildcard=lane")) == ["7"]
    assert rows(read(f"/workflow/{run.id}/samples?wildcard=gone")) == ["K1"]


def test_values_are_found_by_a_part_and_by_not_being_through(read: Open, run: Engine) -> None:
    address = f"/workflow/{run.id}/samples"
    assert rows(read(f"{address}?q=k1")) == ["K10", "K11", "K1"]
    assert rows(read(f"{address}?unfinished=1")) == ["K2", "K10", "K11"]
    assert rows(read(f"{address}?unfinished=1&q=K11")) == ["K11"]
    page = read(f"{address}?unfinished=1&q=nobody")
    assert "No unfinished values match." in page.text
    assert address in page.links


def test_when_all_are_through_nothing_is_unfinished(read: Open, replay: Replay) -> None:
    workflow = replay("sm9", "ok")
    page = read(f"/workflow/{workflow}/samples?unfinished=1")
    assert "3 of 3 finished" in page.text
    assert "All values are finished." in page.text


def test_there_are_fifty_values_on_a_page(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(53):
        run.job(jobid, "trim", wildcards={"s": f"K{jobid}"})
    address = f"/workflow/{run.id}/samples"
    assert len(rows(read(address))) == 50
    page = read(f"{address}?page=2&wildcard=s")
    assert rows(page) == ["K50", "K51", "K52"]
    assert f"{address}?wildcard=s&page=1" in page.links
    assert rows(read(f"{address}?page=99")) == ["K50", "K51", "K52"]


def test_nothing_is_called_through_while_a_rule_has_not_begun(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.plan(trim=2, align=2, all=1)
    for jobid in (1, 2):
        run.job(jobid, "trim", wildcards={"s": f"K{jobid}"})
        run.finished(jobid)
    page = read(f"/workflow/{run.id}/samples").text
    assert "0 of 2 finished" in page
    assert "Not started yet: align" in page


def test_a_client_without_a_plan_is_told_of(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, "trim", wildcards={"s": "K1"})
    run.finished(1)
    page = read(f"/workflow/{run.id}/samples").text
    assert "1 of 1 finished" in page
    assert "Snakemake did not report its plan" in page


def test_a_dry_run_has_only_planned_samples(read: Open, replay: Replay) -> None:
    page = read(f"/workflow/{replay('sm8', 'dryrun')}/samples").text
    assert "0 of 3 finished ○ 3 not finished" in page


@pytest.mark.parametrize("name", ["a28", "a78", "sm7", "sm8", "sm9"])
def test_recorded_runs_that_are_done_are_through(read: Open, replay: Replay, name: str) -> None:
    for scenario in ("ok", "checkpoint", "retry"):
        page = read(f"/workflow/{replay(name, scenario)}/samples")
        values = len(rows(page))
        assert not values or f"{values} of {values} finished" in page.text


def test_a_run_without_wildcards_says_so(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    assert "No jobs yet." in read(f"/workflow/{run.id}/samples").text
    run.job(1, "all")
    assert "No job of this run has wildcards" in read(f"/workflow/{run.id}/samples").text


def test_the_page_of_hostile_names_is_sound(client: FlaskClient) -> None:
    run = Engine(client, HOSTILE)
    for jobid, value in enumerate((HOSTILE, "x" * 5000, "", " ", "a/b?c#d&e", "\n")):
        run.job(jobid, HOSTILE, wildcards={HOSTILE: value, "s": value})
    page = Document(client.get(f"/workflow/{run.id}/samples"))
    assert_is_sound("samples", page)
    for link in page.links:
        if link.startswith("/workflow/"):
            assert client.get(link).status_code == 200


def test_of_many_rules_those_that_need_somebody_come_first(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "atlas")
    for number in range(300):
        run.job(number, f"rule_with_a_long_name_{number:03}", wildcards={"s": "K1"})
        if number == 290:
            run.failed(number, f"rule_with_a_long_name_{number:03}")
        elif number != 200:
            run.finished(number)
    page = read(f"/workflow/{run.id}/samples")
    names = page.attributes("th", "title")
    assert names[:3] == [f"rule_with_a_long_name_{number}" for number in ("290", "200", "000")]
    assert "rule_with_a_long_name_290 rule_with_a_long_name_200" in page.text
    assert "Rules with failed jobs come first" in page.text
    assert "260 more rules with this wildcard not shown." in page.text
