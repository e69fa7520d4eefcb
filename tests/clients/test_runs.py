"""What the server shows when a real Snakemake has run the example workflow."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.clients.conftest import Run, Snakemake

SAMPLES = [{"sample": name} for name in ("alpha", "beta", "gamma")]
CHROMOSOMES = [{"chromosome": name} for name in ("chr1", "chr2", "chr3", "chr4")]
# Every job of the example: the rules and the wildcards of each.
EXAMPLE: dict[str, list[dict[str, str]]] = {
    "all": [{}],
    "simulate_reads": SAMPLES,
    "trim": SAMPLES,
    "align": SAMPLES,
    "coverage": SAMPLES,
    "split_by_chromosome": [{}],
    "call_variants": CHROMOSOMES,  # known only when the checkpoint is done
    "merge": [{}],
    "report": [{}],
}
SIZE = sum(len(jobs) for jobs in EXAMPLE.values())
WITHOUT_COMMAND = {"all", "merge"}

Start = Callable[..., Run]


def test_a_successful_run_is_done_and_so_are_all_its_jobs(finished: Run) -> None:
    assert finished.code == 0, finished.output
    assert (finished.status, finished.counts) == ("Done", (SIZE, SIZE))
    assert {job["status"] for job in finished.jobs} == {"Done"}


def test_the_jobs_shown_are_those_that_ran_with_their_wildcards(finished: Run) -> None:
    shown = {
        rule: sorted((job["wildcards"] for job in finished.jobs if job["name"] == rule), key=str)
        for rule in {job["name"] for job in finished.jobs}
    }
    assert shown == EXAMPLE


def test_every_shell_job_has_its_own_command_and_others_have_none(finished: Run) -> None:
    for job in finished.jobs:
        if job["name"] in WITHOUT_COMMAND:
            assert not job["shell_command"]
        else:
            assert all(path in job["shell_command"] for path in job["output"])


def test_every_job_has_its_files_and_times(finished: Run) -> None:
    align = finished.job("align", sample="beta")
    assert align["input"] == ["results/trimmed/beta.txt"]
    assert align["output"] == ["results/aligned/beta.tsv"]
    assert align["log"] == ["logs/align/beta.log"]
    assert all(job["started_at"] <= job["completed_at"] for job in finished.jobs)


def test_a_failed_job_is_named_with_its_reason_and_the_run_is_an_error(
    run: Start, snakemake: Snakemake
) -> None:
    failed = run(config="fail=yes")
    # A client that the server had upset would leave with 255.
    assert failed.code == 1, failed.output
    # The plugin sends no more of an exception than its class.
    reason = "RuleException" if snakemake.has_plugin else "non-zero exit status 3"
    job = failed.job("align", sample="beta")
    assert job["status"] == "Error"
    assert reason in job["error"]
    assert {other["status"] for other in failed.jobs if other is not job} == {"Done"}
    assert failed.workflow is not None
    assert (failed.status, failed.workflow["jobs_failed"]) == ("Error", 1)
    assert reason in failed.workflow["error"]


def test_a_job_that_succeeds_at_its_second_attempt_ends_well(run: Start) -> None:
    retried = run("--retries", "1", config="flaky=yes")
    assert retried.code == 0, retried.output
    assert (retried.status, retried.counts) == ("Done", (SIZE, SIZE))
    assert _attempts(retried, "gamma") == ["Error", "Done"]
    assert _attempts(retried, "alpha") == ["Done"]


def test_a_run_until_a_rule_is_done_without_the_rest(run: Start) -> None:
    part = run("--until", "trim")
    assert part.code == 0, part.output
    assert (part.status, part.counts) == ("Done", (6, 6))
    assert {job["name"] for job in part.jobs} == {"simulate_reads", "trim"}


def test_a_dry_run_is_no_execution_where_the_client_tells_of_it(
    run: Start, snakemake: Snakemake
) -> None:
    dry = run("--dry-run")
    assert dry.code == 0, dry.output
    # The logger plugin keeps dry runs to itself.
    assert dry.status == (None if snakemake.has_plugin else "No Execution")
    assert not [job for job in dry.jobs if job["status"] in ("Running", "Done", "Error")]


def test_a_run_with_nothing_to_be_done_has_no_jobs(run: Start, finished: Run) -> None:
    again = run(folder=finished.folder)
    assert again.code == 0, again.output
    assert "Nothing to be done" in again.output
    assert (again.status, again.counts, again.jobs) == ("No Execution", (0, 0), [])


def test_calls_that_run_nothing_do_not_hide_the_run_before_them(run: Start) -> None:
    target = "results/trimmed/alpha.txt"
    assert run(target).status == "Done"
    for option in ("--unlock", "--summary", "--dry-run"):
        after = run(option)
        assert (after.code, after.status, after.counts) == (0, "Done", (2, 2)), after.output


def test_an_address_with_a_trailing_slash_works(run: Start, snakemake: Snakemake) -> None:
    slashed = run("results/trimmed/alpha.txt", url=f"{snakemake.server.url}/")
    assert slashed.code == 0, slashed.output
    assert (slashed.status, slashed.counts) == ("Done", (2, 2))


def test_a_run_is_not_harmed_when_its_workflow_is_cancelled_and_deleted(
    run: Start, snakemake: Snakemake, request: pytest.FixtureRequest
) -> None:
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(run, "results/trimmed/alpha.txt", config="pace=1")
        workflow = wait_for_workflow(snakemake, request.node.name)
        snakemake.server.send("POST", f"/api/workflow/{workflow['id']}/cancel")
        snakemake.server.send("DELETE", f"/api/workflow/{workflow['id']}")
        assert not ending.done()
        ended = ending.result()
    assert ended.code == 0, ended.output
    assert ended.workflow is None


def wait_for_workflow(snakemake: Snakemake, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if workflow := snakemake.workflow(name):
            return workflow
        time.sleep(0.05)
    raise TimeoutError(f"{name} never registered")


def _attempts(run: Run, sample: str) -> list[str]:
    return [attempt["status"] for attempt in run.job("trim", sample=sample)["attempts"]]
