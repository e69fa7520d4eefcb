"""The page of a run's timeline."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.recorded import EXPECTED
from tests.web.pages.conftest import Open
from tests.web.pages.document import Document
from tests.web.pages.test_every_page import HOSTILE, assert_is_sound

Replay = Callable[[str, str], int]
CLIENTS = ["a28", "a78", "sm7", "sm8", "sm9"]


def bars(page: Document) -> list[str]:
    """Return how the jobs of the chart look; the legend has one of each look."""
    looks = [str(look) for look in page.attributes("rect", "class") if str(look).startswith("span")]
    return [look.removeprefix("span ") for look in looks[: len(looks) - 5]]


@pytest.mark.parametrize("name", CLIENTS)
def test_every_job_of_a_run_has_its_bar(read: Open, replay: Replay, name: str) -> None:
    workflow = replay(name, "ok")
    page = read(f"/workflow/{workflow}/timeline")
    assert bars(page) == ["done"] * 8
    assert len({link for link in page.links if link.startswith(f"/workflow/{workflow}/job/")}) == 8
    for rule in {job["rule"] for job in EXPECTED[name]["ok"]["workflows"][0]["jobs"]}:
        assert f"/workflow/{workflow}/timeline?rule={rule}" in page.links
    assert "8 jobs · " in page.text
    assert "Slowest rules" in page.text


@pytest.mark.parametrize("name", CLIENTS)
def test_a_retried_job_has_a_bar_for_each_attempt(read: Open, replay: Replay, name: str) -> None:
    page = read(f"/workflow/{replay(name, 'retry')}/timeline")
    assert sorted(bars(page)) == ["done"] * (len(bars(page)) - 1) + ["error"]
    assert "attempt 1 of 2, Error" in page.text
    assert "attempt 2 of 2, Done" in page.text
    assert "in 3 attempts" in page.text or "in 2 attempts" in page.text


@pytest.mark.parametrize("name", CLIENTS)
def test_odd_names_stay_text(client: FlaskClient, replay: Replay, name: str) -> None:
    address = f"/workflow/{replay(name, 'odd')}/timeline"
    page = Document(client.get(address))
    assert_is_sound(address, page)
    assert all(Document(client.get(link)).status == 200 for link in page.links if "/job/" in link)


def test_hostile_names_stay_text_and_lead_to_their_jobs(client: FlaskClient) -> None:
    run = Engine(client, HOSTILE)
    for jobid in ("a/b", HOSTILE[:90], 3):
        run.job(jobid, HOSTILE, wildcards={HOSTILE: HOSTILE}, threads=10**12)
    address = f"/workflow/{run.id}/timeline"
    page = Document(client.get(address))
    assert_is_sound(address, page)
    links = {link for link in page.links if "/job/" in link}
    assert len(links) == 3
    assert {Document(client.get(link)).status for link in links} == {200}
    alone = next(link for link in page.links if "rule=" in link)
    assert_is_sound(alone, Document(client.get(alone)))


def test_a_run_that_goes_on_reaches_to_now(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "nightly")
    run.job(1, wildcards={"s": "K7"}, threads=8)
    time.move(minutes=4)
    run.job(2, "sort")
    run.finished(1)
    time.move(minutes=6)
    page = read(f"/workflow/{run.id}/timeline")
    assert bars(page) == ["done", "running"]
    assert "align s=K7 Done started at start, 2026-11-23 09:00:00 UTC took 4 min" in page.text
    assert "has been running for 6 min" in page.text
    assert "2 jobs · 10 min of work in 10 min" in page.text
    assert "now" in page.words
    assert "Threads in use peak 8" in page.text
    assert "Running at once peak 1" in page.text


def test_what_fell_silent_is_shown_as_long_as_it_was_heard(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    time.move(minutes=10)
    run.info("still here")
    time.move(days=30)
    page = read(f"/workflow/{run.id}/timeline")
    assert "10 min of work in 10 min" in page.text
    assert "now" not in page.words


def test_a_clock_that_was_set_back_breaks_nothing(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    run.job(2)
    time.move(hours=-2)
    run.finished(1)
    run.failed(2)
    run.job(2)
    assert sorted(bars(read(f"/workflow/{run.id}/timeline"))) == ["done", "error", "running"]


@pytest.mark.parametrize("timestamp", [946_684_800.5, 4_102_444_800])
def test_a_client_s_clock_that_jumps_by_decades_breaks_nothing(
    client: FlaskClient, read: Open, timestamp: float
) -> None:
    run = Engine(client, "nightly")
    run.send("job_info", jobid=1, name="align", timestamp=1_795_424_400.0)
    run.send("job_finished", jobid=1, timestamp=timestamp)
    run.send("job_info", jobid=2, name="align", timestamp=timestamp)
    page = read(f"/workflow/{run.id}/timeline")
    assert sorted(bars(page)) == ["done", "running"]
    assert "000 d" not in page.text


def test_a_job_known_from_its_end_alone_is_shown_there(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.finished(5)
    page = read(f"/workflow/{run.id}/timeline")
    assert bars(page) == ["done"]
    assert "start unknown" in page.text
    assert "1 attempt without a known start" in page.text


def test_cancelled_jobs_are_told_apart(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1)
    client.post(f"/api/workflow/{run.id}/cancel")
    assert bars(read(f"/workflow/{run.id}/timeline")) == ["cancelled"]


# --- one rule -------------------------------------------------------------------------------------


@pytest.fixture
def two_rules(client: FlaskClient, time: Clock) -> Engine:
    """A run of two rules, a job each, one after the other."""
    run = Engine(client, "nightly")
    for jobid, rule in enumerate(("align", "sort")):
        run.job(jobid, rule, wildcards={"s": "K7"})
        time.move(hours=1)
        run.finished(jobid)
    return run


def test_a_rule_is_shown_alone_and_its_longest_jobs_are_told(two_rules: Engine, read: Open) -> None:
    page = read(f"/workflow/{two_rules.id}/timeline?rule=sort")
    assert bars(page) == ["done"]
    assert "Timeline of sort" in page.text
    assert "+1 h" in page.text
    assert "Longest jobs" in page.text
    assert "✓ Done s=K7 1 +1 h 1 h" in page.text
    chosen = [attrs.get("value") for tag, attrs in page.tags if "selected" in attrs]
    assert chosen == ["sort"]
    assert f"/workflow/{two_rules.id}/timeline" in page.links


def test_the_slowest_rule_comes_first(two_rules: Engine, read: Open, time: Clock) -> None:
    two_rules.job(9, "trim")
    time.move(hours=8)
    text = read(f"/workflow/{two_rules.id}/timeline").text
    table = text[text.index("Slowest rules") :]
    assert "trim 80 % 8 h – – 1 align 10 % 1 h 1 h 1 h 1" in table


def test_an_unknown_rule_offers_all(two_rules: Engine, read: Open) -> None:
    page = read(f"/workflow/{two_rules.id}/timeline?rule=x")
    assert "No job of this rule has started." in page.text
    assert f"/workflow/{two_rules.id}/timeline" in page.links


def test_an_earlier_run_keeps_its_timeline(read: Open, replay: Replay) -> None:
    workflow = replay("sm9", "ok")
    assert replay("sm8", "ok") == workflow
    page = read(f"/workflow/{workflow}/timeline?run=1")
    assert bars(page) == ["done"] * 8
    assert any(link.endswith("/job/3?run=1") for link in page.links)
    assert f"/workflow/{workflow}/timeline?run=1&rule=all" in page.links
    assert page.attributes("input", "value")[-1] == "1"


def test_jobs_too_many_for_a_bar_each_are_folded_by_rule(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(401):
        run.job(jobid, "sort" if jobid % 8 < 5 else "align")
    page = read(f"/workflow/{run.id}/timeline")
    assert "401 attempts are too many to draw one by one; select a rule" in page.text
    assert not [link for link in page.links if "/job/" in link]
    assert len(page.attributes("svg", "class")) > 2
    assert bars(read(f"/workflow/{run.id}/timeline?rule=sort")) == ["running"] * 251


# --- nothing to show ------------------------------------------------------------------------------


def test_a_new_run_says_what_will_be_here(client: FlaskClient, read: Open) -> None:
    page = read(f"/workflow/{Engine(client, 'nightly').id}/timeline")
    assert "No job has started yet. Each job will be a bar here" in page.text


def test_a_dry_run_has_no_time(read: Open, replay: Replay) -> None:
    page = read(f"/workflow/{replay('sm8', 'dryrun')}/timeline")
    assert "Nothing ran, so there is nothing to show." in page.text


@pytest.mark.parametrize("address", ["/workflow/99/timeline", "/workflow/{id}/timeline?run=2"])
def test_what_isn_t_there_is_not_found(client: FlaskClient, address: str) -> None:
    run = Engine(client, "nightly")
    assert client.get(address.format(id=run.id)).status_code == 404
