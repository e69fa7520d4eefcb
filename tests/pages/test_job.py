"""The page of a job."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.engine import Engine
from tests.pages.conftest import Open


def test_all_that_is_known_is_shown(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly", workdir="/data/p")
    run.job(
        7,
        wildcards={"s": "K7"},
        input=["reads/K7.fastq"],
        output=["K7.bam"],
        log=["logs/K7.log"],
        benchmark="bench/K7.tsv",
        shellcmd="bwa mem K7",
        msg="Aligning K7",
        reason="Missing output files: K7.bam",
        threads=8,
        priority=3,
        resources={"mem_mb": 16000},
        is_checkpoint=True,
        local=True,
    )
    page = read(f"/workflow/{run.id}/job/7")
    for words in (
        "align s=K7 ● Running",
        "Why it ran: Missing output files: K7.bam",
        "Aligning K7",
        "bwa mem K7",
        "reads/K7.fastq",
        "bench/K7.tsv",
        "Threads 8",
        "mem_mb = 16000",
        "Priority 3",
        "Checkpoint yes",
        "Local yes",
    ):
        assert words in page.text
    assert "/data/p/logs/K7.log" in page.attributes("code", "data-copy")


def test_each_attempt_is_told(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'retry')}/job/1").text
    assert "✓ Done · attempt 2 of 2" in page
    assert "returned non-zero exit status 1." in page


def test_why_it_failed_comes_first(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'fail')}/job/1").text
    assert page.index("Why it failed") < page.index("Attempts")
    assert page.index("exit status 3.") < page.index("Attempts")


def test_a_failure_without_words_points_to_the_log(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, log=["logs/1.log"])
    run.failed(1)
    assert (
        "The client doesn't say why. Its log may: logs/1.log"
        in read(f"/workflow/{run.id}/job/1").text
    )


def test_resources_without_names_are_shown_as_they_came(
    read: Open, replay: Callable[[str, str], int]
) -> None:
    page = read(f"/workflow/{replay('sm8', 'odd')}/job/11").text
    assert "values (the client tells no names): 2, 1, /tmp, 64" in page


def test_a_job_that_was_only_started_is_called_by_its_id(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.send("job_started", jobs=[3])
    assert "job 3 (not announced)" in read(f"/workflow/{run.id}/job/3").text
    assert "job 3 (not announced)" in read(f"/workflow/{run.id}").text


def test_many_files_are_folded(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, input=[f"in/{number}" for number in range(2000)])
    page = read(f"/workflow/{run.id}/job/1")
    assert "1,990 more" in page.text
    assert "in/1999" in page.text


def test_a_job_of_an_earlier_run_is_found(read: Open, replay: Callable[[str, str], int]) -> None:
    workflow = replay("sm8", "ok")
    replay("sm8", "ok")
    page = read(f"/workflow/{workflow}/job/3?run=1")
    assert f"/workflow/{workflow}?run=1" in page.links
