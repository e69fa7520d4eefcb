"""The search."""

from flask.testing import FlaskClient

from tests.engine import Engine
from tests.web.pages.conftest import Open


def test_without_a_question_it_says_what_can_be_asked(read: Open) -> None:
    page = read("/search").text
    kinds = "names, rules, samples, files, commands, errors, notes and labels"
    assert f"Search {kinds}. Case doesn't matter." in page


def test_workflows_rules_and_jobs_are_found_and_marked(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "align-cohort")
    run.job(1, "align", wildcards={"s": "K7"})
    run.job(2, "sort", input=["aligned/K7.bam"])
    page = read("/search?q=ALIGN")
    assert "Workflows 1" in page.text
    assert "Rules 1" in page.text
    assert "Jobs 2" in page.text
    assert f"/workflow/{run.id}?rule=align#jobs" in page.links
    assert f"/workflow/{run.id}/job/2" in page.links
    assert [tag for tag, _ in page.tags].count("mark") == 4


def test_a_match_in_a_command_is_shown_with_what_is_around_it(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly")
    run.job(1, shellcmd=500 * "x" + " --needle " + 500 * "y")
    page = read("/search?q=needle").text
    assert "command …x" in page
    assert "needle" in page


def test_the_error_of_a_job_is_found_and_shown(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, "align")
    run.failed(1, "align", msg="RuleException:\nDisk quota exceeded on /scratch")
    page = read("/search?q=QUOTA")
    assert "Jobs 1" in page.text
    assert "error RuleException: Disk quota exceeded on /scratch" in page.text
    assert f"/workflow/{run.id}/job/1" in page.links
    # The run's own error is the same and leads to no more.
    assert "Errors of runs" not in page.text
    assert f"/workflow/{run.id}/job/1" in read(f"/workflow/{run.id}?q=quota").links


def test_the_error_of_a_run_is_found_though_a_later_run_was_good(
    client: FlaskClient, read: Open
) -> None:
    bad = Engine(client, "nightly")
    bad.send("error", msg="LockException:\nDirectory cannot be locked.")
    good = Engine(client, "nightly")
    good.progress(1, 1)
    page = read("/search?q=lockexc")
    assert "Errors of runs 1" in page.text
    assert f"/workflow/{bad.id}?run=1" in page.links
    assert "LockExc" in page.text
    assert "No matches" not in page.text


def test_nothing_found_says_what_to_try(read: Open) -> None:
    page = read("/search?q=zzz").text
    assert "No matches for 'zzz'." in page


def test_the_old_address_leads_to_the_new_one(client: FlaskClient) -> None:
    answer = client.get("/searchResults?q=a%20b%26c")
    assert answer.status_code == 301
    assert answer.location == "/search?q=a+b%26c"


def test_runs_are_found_by_their_notes_and_labels(client: FlaskClient, read: Open) -> None:
    for name, said in (("a", {"note": "On the NEW cluster."}), ("b", {"labels": ["new-kit"]})):
        run = Engine(client, name)
        client.put(f"/api/workflow/{run.id}/runs/1", json=said)
    page = read("/search?q=new")
    assert "Notes and labels 2" in page.text
    assert {f"/workflow/{each}" for each in (1, 2)} <= set(page.links)
    assert "On the NEW cluster." in page.text
    assert "new -kit" in page.text  # The first part is marked.
