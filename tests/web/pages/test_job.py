"""The page of a job."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from panoptes.config.log_roots import LogRoot
from tests.changed_settings import change_settings
from tests.engine import Engine
from tests.sent_logs import send_log
from tests.web.pages.conftest import Open
from tests.web.pages.test_workflow import rows_of


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


def test_very_long_lists_and_texts_are_cut_and_counted(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly", workdir="/data/p")
    names = [f"lane/sample_{number:06}" for number in range(20_000)]
    text = "x" * 90_000
    run.job(
        7,
        input=names * 6,
        output=names,
        log=names,
        wildcards=dict.fromkeys(names, "x"),
        resources=dict.fromkeys(names, 1),
        reason=text,
        msg=text,
        shellcmd=text,
        benchmark=text,
    )
    run.failed(7, msg=text)
    page = read(f"/workflow/{run.id}/job/7")
    assert page.text.count("and 19,940 more") == 3  # outputs, wildcards, resources
    assert "and 119,940 more" in page.text
    assert "The command is too long for this page; its middle is left out." in page.text
    for address in (f"/workflow/{run.id}/job/7", f"/workflow/{run.id}", "/"):
        assert len(client.get(address).data) < 150_000
    assert run.jobs[7]["left_out"]["input"] == 110_000


def test_of_very_many_attempts_the_latest_are_shown(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for _ in range(25):
        run.job(1)
        run.failed(1)
    page = read(f"/workflow/{run.id}/job/1").text
    assert "attempt 25 of 25" in page
    assert "and 5 earlier attempts" in page


def test_each_attempt_is_told(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'retry')}/job/1").text
    assert "✓ Done · attempt 2 of 2" in page
    assert "exit status 1" in page


def test_why_it_failed_comes_first(read: Open, replay: Callable[[str, str], int]) -> None:
    page = read(f"/workflow/{replay('sm8', 'fail')}/job/1").text
    assert page.index("Why it failed") < page.index("Attempts")
    assert page.index("exit status 3") < page.index("Attempts")


def test_a_failure_says_what_its_exit_status_means(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, shellcmd="bwa")
    run.send("error", msg="RuleException:\nCommand 'bwa' returned non-zero exit status 137.")
    run.failed(1)
    page = read(f"/workflow/{run.id}/job/1").text
    assert "exit status 137: killed, often out of memory" in page


def test_a_failure_without_words_points_to_the_log(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, log=["logs/1.log"])
    run.failed(1)
    text = read(f"/workflow/{run.id}/job/1").text
    assert "Snakemake gave no reason. See the log." in text
    assert "Log logs/1.log" in text


def test_resources_without_names_are_shown_as_they_came(
    read: Open, replay: Callable[[str, str], int]
) -> None:
    page = read(f"/workflow/{replay('sm8', 'odd')}/job/11").text
    assert "values (names not reported): 2, 1, /tmp, 64" in page


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
    assert "in/59 and 1,940 more" in page.text


def test_a_job_of_an_earlier_run_is_found(read: Open, replay: Callable[[str, str], int]) -> None:
    workflow = replay("sm8", "ok")
    replay("sm8", "ok")
    page = read(f"/workflow/{workflow}/job/3?run=1")
    assert f"/workflow/{workflow}?run=1" in page.links


# --- its log --------------------------------------------------------------------------------------


@pytest.fixture
def logged(client: FlaskClient, tmp_path: Path) -> Engine:
    """A run whose job failed and left a log, where the server may show it."""
    (tmp_path / "logs").mkdir()
    lines = [f"line {number}" for number in range(1, 31)]
    (tmp_path / "logs" / "1.log").write_text("\n".join([*lines, "<b>boom</b>", ""]))
    change_settings(client.application, log_root=(LogRoot(str(tmp_path)),))
    run = Engine(client, "nightly", workdir=str(tmp_path))
    run.job(1, log=["logs/1.log", "logs/it's.log"])
    run.failed(1)
    return run


def test_the_end_of_the_log_is_shown(logged: Engine, read: Open) -> None:
    page = read(f"/workflow/{logged.id}/job/1")
    assert "line 1 line 2" in page.text
    assert "line 30 <b>boom</b>" in page.text
    assert "243 bytes" in page.text
    assert "--log-root" not in page.text
    assert "less" not in page.text


def test_of_a_long_log_the_page_says_how_much_it_shows(
    logged: Engine, read: Open, tmp_path: Path
) -> None:
    (tmp_path / "logs" / "1.log").write_text("a line of a log\n" * 200_000)
    page = read(f"/workflow/{logged.id}/job/1").text
    assert "The last 64 KB of 3.1 MB" in page
    assert f"less +G {tmp_path}/logs/1.log" in page


def test_each_log_file_can_be_chosen_by_its_number_only(
    logged: Engine, read: Open, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("do not show")
    address = f"/workflow/{logged.id}/job/1"
    assert f"{address}?log=2#log" in read(address).links
    assert "File not found: it was never written" in read(f"{address}?log=2").text
    assert f"less +G '{tmp_path}/logs/it'\"'\"'s.log'" in read(f"{address}?log=2").text
    for log in ("secret", "../secret", "99", "-1", "%00", f"{tmp_path}/secret"):
        assert "do not show" not in read(f"{address}?log={log}").text


def test_the_log_of_a_running_job_may_not_be_there_yet(logged: Engine, read: Open) -> None:
    logged.job(2, log=["logs/2.log"])
    assert "The file doesn't exist yet." in read(f"/workflow/{logged.id}/job/2").text


def test_a_log_outside_of_the_folders_says_so(logged: Engine, read: Open) -> None:
    logged.job(2, log=["/etc/passwd"])
    page = read(f"/workflow/{logged.id}/job/2").text
    assert "outside the folders that this server may show" in page
    assert "less +G /etc/passwd" in page
    assert "root:" not in page


def test_an_empty_log_is_said_to_be_empty(logged: Engine, read: Open, tmp_path: Path) -> None:
    (tmp_path / "logs" / "1.log").write_text("")
    assert "The log is empty." in read(f"/workflow/{logged.id}/job/1").text
    assert "The log is empty." in read(f"/workflow/{logged.id}").text


def test_without_the_run_s_folder_the_page_says_what_is_missing(logged: Engine, read: Open) -> None:
    run = Engine(logged.web, "other")
    run.job(1, log=["logs/none.log"])
    run.job(2, log=["logs/1.log"])
    assert "this run has no known folder" in read(f"/workflow/{run.id}/job/1").text
    assert "boom" in read(f"/workflow/{run.id}/job/2").text


def test_when_logs_may_not_be_shown_the_page_says_how_to_see_them(
    client: FlaskClient, read: Open
) -> None:
    run = Engine(client, "nightly", workdir="/data/my run")
    run.job(1, log=["logs/1.log"])
    page = read(f"/workflow/{run.id}/job/1").text
    assert "less +G '/data/my run/logs/1.log'" in page
    assert "--log-root" in page
    assert "isn't there" not in page


def test_a_growing_log_is_a_new_page(logged: Engine, tmp_path: Path) -> None:
    address = f"/workflow/{logged.id}/job/1"
    etag = {"If-None-Match": logged.web.get(address).headers["ETag"]}
    assert logged.web.get(address, headers=etag).status_code == 304
    with (tmp_path / "logs" / "1.log").open("a") as file:
        file.write("more\n")
    assert logged.web.get(address, headers=etag).status_code == 200


# --- the jobs before and after it -----------------------------------------------------------------


@pytest.fixture
def chain(client: FlaskClient) -> Engine:
    """Two samples are trimmed and aligned, both are split into a folder, which is read."""
    run = Engine(client, "nightly")
    for jobid, sample in ((1, "K_1"), (3, "Kx1")):
        wildcards = {"s": sample}
        run.job(jobid, "trim", wildcards=wildcards, output=[f"trimmed/{sample}"])
        files = {"input": [f"trimmed/{sample}", "ref.fa"], "output": [f"{sample}.bam"]}
        run.job(jobid + 1, "align", wildcards=wildcards, **files)
    run.job(5, "split", input=["K_1.bam", "Kx1.bam"], output=["parts", "100%\\.txt"])
    run.job(6, "call", input=["parts/chr1/x.vcf"], output=["calls"])
    run.job(7, "odd", input=["100%\\.txt", "partsno"])
    return run


def test_inputs_lead_to_the_jobs_that_make_them(chain: Engine, read: Open) -> None:
    page = read(f"/workflow/{chain.id}/job/2")
    assert "trimmed/K_1 ← made by ● Running: trim s=K_1" in page.text
    assert "ref.fa ←" not in page.text
    assert f"/workflow/{chain.id}/job/1" in page.links
    assert f"/workflow/{chain.id}/job/3" not in page.links


def test_outputs_lead_to_the_jobs_that_use_them(chain: Engine, read: Open) -> None:
    page = read(f"/workflow/{chain.id}/job/2")
    assert "K_1.bam → used by ● Running: split" in page.text
    assert f"/workflow/{chain.id}/job/5" in page.links


def test_a_folder_makes_what_lies_in_it(chain: Engine, read: Open) -> None:
    assert "parts/chr1/x.vcf ← made by ● Running: split" in read(f"/workflow/{chain.id}/job/6").text
    page = read(f"/workflow/{chain.id}/job/5").text
    assert "parts → used by ● Running: call" in page
    assert "100%\\.txt → used by ● Running: odd" in page
    assert "Needed by ● Running: call , ● Running: odd" in page


def test_jobs_of_another_run_are_no_neighbours(chain: Engine, read: Open) -> None:
    other = Engine(chain.web, "other")
    other.job(1, input=["trimmed/K_1"])
    assert "made by" not in read(f"/workflow/{other.id}/job/1").text


def test_what_makes_its_own_input_is_no_neighbour(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, input=["a"], output=["a"])
    page = read(f"/workflow/{run.id}/job/1").text
    assert "made by" not in page
    assert "used by" not in page


def test_a_planned_job_waits_for_those_before_it(
    read: Open, replay: Callable[[str, str], int]
) -> None:
    workflow = replay("sm8", "dryrun")
    waiting = [read(f"/workflow/{workflow}/job/{jobid}").text for jobid in range(8)]
    assert any("Waits for ○ Planned:" in page for page in waiting)


def test_many_neighbours_are_found_and_not_all_named(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(200):
        run.job(jobid, input=["genome.fa", f"in/{jobid}"], output=[f"out/{jobid}"])
    run.job(200, "index", output=["genome.fa", "genome.fai"])
    run.job(201, "merge", input=[f"out/{jobid}" for jobid in range(200)])
    page = read(f"/workflow/{run.id}/job/200").text
    assert "and 197 more" in page
    assert "and 190 more" in page
    page = read(f"/workflow/{run.id}/job/201").text
    assert page.count("made by") == 50


def test_a_job_leads_to_the_failed_ones_beside_it(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid in range(1, 8):
        run.job(jobid)
        run.failed(jobid) if jobid in (2, 4, 6) else run.finished(jobid)
    for jobid, before, after in ((1, None, 2), (2, None, 4), (4, 2, 6), (5, 4, 6), (6, 4, None)):
        page = read(f"/workflow/{run.id}/job/{jobid}")
        beside = {attrs["rel"]: attrs["href"] for tag, attrs in page.tags if "rel" in attrs}
        links = [beside.get("prev"), beside.get("next")]
        wanted = [each and f"/workflow/{run.id}/job/{each}" for each in (before, after)]
        assert links == wanted


def test_a_job_leads_to_those_of_its_rule_and_its_sample(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    for jobid, rule, sample in ((1, "trim", "a=1"), (2, "align", "a=1"), (3, "align", "K7")):
        run.job(jobid, rule, wildcards={"s": sample})
    page = read(f"/workflow/{run.id}/job/2")
    for words, link, ids in (
        ("All jobs of align", "?rule=align#jobs", ["2", "3"]),
        ("All with s=a=1", "?wildcard=s%3Da%3D1#jobs", ["1", "2"]),
    ):
        assert words in page.text
        assert f"/workflow/{run.id}{link}" in page.links
        assert rows_of(read(f"/workflow/{run.id}{link}")) == ids


# --- what its client sent of it -------------------------------------------------------------------


@pytest.fixture
def sent(client: FlaskClient) -> Engine:
    """A run whose job failed and whose client sent the end of its log."""
    run = Engine(client, "nightly", workdir="/data/p")
    run.job(1, log=["logs/1.log"])
    run.failed(1)
    lines = [f"line {number}" for number in range(1, 41)]
    send_log(run, "\n".join([*lines, "\x1b[31m<b>boom</b>\x1b[0m", ""]))
    return run


@pytest.mark.parametrize(("page", "first"), [("", 34), ("/job/1", 1), ("/report.html", 12)])
def test_a_log_that_was_sent_is_shown_from_its_end_without_a_log_root(
    sent: Engine, read: Open, page: str, first: int
) -> None:
    text = read(f"/workflow/{sent.id}{page}").text
    assert f"line {first} line {first + 1} " in text
    assert f"line {first - 1} " not in text
    assert "line 40 <b>boom</b>" in text
    assert "--log-root" not in text


def test_its_last_line_stands_on_the_first_page(sent: Engine, read: Open) -> None:
    assert "<b>boom</b>" in read("/").text


def test_the_log_of_a_running_job_is_followed_by_its_page(client: FlaskClient, read: Open) -> None:
    run = Engine(client, "nightly")
    run.job(1, log=["logs/1.log"])
    send_log(run, "")
    page = read(f"/workflow/{run.id}/job/1")
    assert "Waiting for Snakemake to send its first lines." in page.text
    assert page.attributes("div", "data-live") == [None]
    send_log(run, "one\ntwo")
    page = read(f"/workflow/{run.id}/job/1")
    assert page.attributes("div", "data-next") == ["4"]
    (address,) = page.attributes("div", "data-log")
    assert client.get(f"{address}&from=4").get_json()["log"]["text"] == "two"
    run.finished(1)
    assert read(f"/workflow/{run.id}/job/1").attributes("div", "data-live") == []


def test_the_logs_of_earlier_attempts_can_be_chosen(sent: Engine, read: Open) -> None:
    sent.job(1, log=["logs/1.log"])
    page = read(f"/workflow/{sent.id}/job/1")
    assert "boom" not in page.text
    assert f"/workflow/{sent.id}/job/1?attempt=1#log" in page.links
    assert "line 40 <b>boom</b>" in read(f"/workflow/{sent.id}/job/1?attempt=1").text
    assert "Nothing of it was sent." in read(f"/workflow/{sent.id}/job/1?attempt=9").text
