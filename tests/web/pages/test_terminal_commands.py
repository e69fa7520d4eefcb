"""Commands to copy into a terminal."""

import pytest
from flask.testing import FlaskClient

from panoptes.queries import runs
from panoptes.web.pages.terminal_commands import less, log_command, resume_command
from panoptes.web.request_time import request_time
from tests.engine import Engine


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("a.log", "less +G a.log"),
        ("-x", "less +G ./-x"),
        ("+!rm", "less +G './+!rm'"),
        ("$(rm x); y", "less +G '$(rm x); y'"),
        ("a\x1b[201~\nrm x", None),
        ("\u202egol.x", None),
        ("<output>", None),
    ],
)
def test_a_file_is_shown_harmlessly_whatever_it_is_called(path: str, command: str | None) -> None:
    assert less(path) == command


@pytest.mark.parametrize(
    ("workdir", "command", "resumed"),
    [
        ("/data", "snakemake -j2", "cd /data && snakemake -j2 --rerun-incomplete"),
        ("/my data", "snakemake", "cd '/my data' && snakemake --rerun-incomplete"),
        ("-x", "snakemake", "cd ./-x && snakemake --rerun-incomplete"),
        # The shell took the quotes away.
        (
            "/data",
            "snakemake --config x=$(rm) y=a;b *.txt",
            "cd /data && snakemake --config 'x=$(rm)' 'y=a;b' '*.txt' --rerun-incomplete",
        ),
        # Our plugin quotes what needs it.
        (
            "/data",
            "snakemake --config 'x=$(rm)' 'y=a b'",
            "cd /data && snakemake --config 'x=$(rm)' 'y=a b' --rerun-incomplete",
        ),
        ("/x", "snakemake -n it's", """cd /x && snakemake -n 'it'"'"'s' --rerun-incomplete"""),
        # A secret was taken from it.
        ("/data", "snakemake --config 'token=***'", None),
        ("/data", "snakemake -s https://h/?token=abc", None),
        ("/data", "snakemake --rerun-incomplete", "cd /data && snakemake --rerun-incomplete"),
        # Typed in another folder, which the client doesn't tell.
        ("/data", "snakemake --directory /data", "snakemake --directory /data --rerun-incomplete"),
        ("/data", "snakemake -d ../data", "snakemake -d ../data --rerun-incomplete"),
        ("/data", "snakemake\nrm x", None),
        ("/data\x1b[201~", "snakemake", None),
        ("", "snakemake", None),
        ("/data", "", None),
    ],
)
def test_a_run_is_taken_up_by_a_command_whose_words_are_words(
    client: FlaskClient, workdir: str, command: str, resumed: str | None
) -> None:
    engine = Engine(client, "nightly", command=command, workdir=workdir)
    with client.application.test_request_context():
        run = runs.workflow(request_time(), engine.id)
        assert run is not None
        assert resume_command(run) == resumed


def test_the_log_of_snakemake_is_shown_by_its_name_where_it_is_known(client: FlaskClient) -> None:
    engine = Engine(client, "nightly", command="snakemake", workdir="/my data")
    with client.application.test_request_context():
        run = runs.workflow(request_time(), engine.id)
        assert run is not None
        newest = 'less +G "$(ls -t .snakemake/log/*.log | head -n 1)"'
        assert log_command(run) == f"cd '/my data' && {newest}"
    engine.job(1)
    engine.finished(1)
    engine.info("Complete log: .snakemake/log/a.snakemake.log")
    with client.application.test_request_context():
        run = runs.workflow(request_time(), engine.id)
        assert run is not None
        assert log_command(run) == "less +G '/my data/.snakemake/log/a.snakemake.log'"


def test_toil_goes_on_only_where_its_job_store_was_kept(client: FlaskClient) -> None:
    for number, option in enumerate(("", "--jobStore store ", "--jobStore=store ")):
        command = f"toil-cwl-runner {option}main.cwl"
        described = {"command": command, "workdir": "/data"}
        run = {"id": f"run-{number}", "engine": "toil-cwl", "name": f"w{number}"}
        begun = client.post("/api/runs", json={**run, "description": described}).get_json()
        end = {"first": 1, "events": [{"event": "exit", "status": 1}]}
        client.post(f"/api/runs/run-{number}/events", json=end)
        page = client.get(f"/workflow/{begun['id']}").text
        assert (f"cd /data &amp;&amp; {command} --restart" in page) is bool(option)
