"""The page for a screen on a wall: what runs, and what needs a person."""

from flask.testing import FlaskClient

from tests.conftest import Clock
from tests.engine import Engine
from tests.web.pages.conftest import Open


def test_what_runs_comes_first_and_what_failed_beside_it(
    client: FlaskClient, read: Open, time: Clock
) -> None:
    bad = Engine(client, "cohort")
    bad.plan(align=3)
    bad.job(1, wildcards={"s": "K7"}, shellcmd="bwa")
    words = "CalledProcessError in file x, line 1:\nCommand 'bwa' returned non-zero exit status 3."
    bad.send("error", msg=f"RuleException:\n{words}")
    bad.failed(1)
    good = Engine(client, "nightly")
    good.plan(align=4)
    good.job(1)
    good.finished(1)
    good.job(2)
    time.move(seconds=30)
    page = read("/wall").text
    assert "1 running nightly 1 of 4 done 30 s" in page
    assert "1 needs you cohort ✗ 1 of 3 failed" in page
    assert "align s=K7 · exit status 3" in page
    assert page.index("nightly") < page.index("cohort")


def test_a_run_with_a_slow_job_is_marked(client: FlaskClient, read: Open, time: Clock) -> None:
    run = Engine(client, "nightly")
    for jobid in range(4):
        run.job(jobid)
        time.move(minutes=1)
        run.finished(jobid)
    run.plan(align=6)
    run.job(5)
    time.move(minutes=4)
    assert "nightly 4 of 6 ◷ slow 8 min" in read("/wall").text


def test_it_has_no_chrome_and_refreshes_itself(client: FlaskClient, read: Open) -> None:
    Engine(client, "nightly").job(1)
    page = read("/wall")
    assert not {tag for tag, _ in page.tags} & {"header", "nav", "form", "button"}
    assert any("live.js" in str(src) for src in page.attributes("script", "src"))
    answer = client.get("/wall")
    again = client.get("/wall", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_what_somebody_has_seen_is_not_on_the_wall(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "cohort")
    run.job(1)
    run.failed(1)
    assert "cohort" in read("/wall").text
    assert client.put(f"/api/workflow/{run.id}/seen").status_code == 200
    page = read("/wall").text
    assert "cohort" not in page
    assert "Nothing is running, and nothing needs you." in page


def test_what_ended_lately_stands_below(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.progress(1, 1)
    page = read("/wall")
    assert "✓ nightly just now" in page.text
    assert f"/workflow/{run.id}" in page.links


def test_a_long_name_is_cut_in_the_middle_the_shorter_the_more_runs_there_are(
    client: FlaskClient, read: Open
) -> None:
    for number in range(20):
        Engine(client, f"metagenome-assembly-{number:02}").job(1)
    assert "metageno…mbly-07" in read("/wall").text


def test_the_foot_of_every_page_leads_to_it(read: Open) -> None:
    assert "/wall" in read("/").links
