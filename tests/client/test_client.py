"""The client asks a real server, and returns what its API says."""

import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from devtools.demo import Reporter
from devtools.running import ROOT, Server, clean_environment, running_server
from panoptes import __version__
from panoptes.client import Client, Job, NotFound, Refused, Rule, ServiceInfo, Workflow
from panoptes.web.document import DOCUMENT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server.url)


def failed_run(server: Server, name: str, samples: int = 1) -> Reporter:
    run = Reporter(server.url, name, workdir="/data/project")
    for jobid in range(1, samples + 1):
        run.job(jobid, "align", f"K{jobid}")
        run.fail(jobid, "align", f"K{jobid}")
    run.say("error", msg="WorkflowError:\nAt least one job did not complete successfully.")
    return run


@pytest.mark.parametrize("model", [ServiceInfo, Workflow, Rule, Job])
def test_each_field_is_one_of_the_api_s_description(model: type[NamedTuple]) -> None:
    described = DOCUMENT["components"]["schemas"][model.__name__]["properties"]
    assert {*model._fields} - {"raw"} <= set(described)


def test_a_server_says_what_it_is(client: Client) -> None:
    info = client.service_info()
    assert (info.name, info.status, info.version) == ("panoptes", "running", __version__)


def test_a_workflow_has_what_the_api_says(client: Client, server: Server) -> None:
    run = failed_run(server, "whole")
    workflow = client.workflow(run.id)
    answer = server.get(f"/api/workflow/{run.id}")["workflow"]
    assert workflow.raw == answer
    assert (workflow.name, workflow.status, workflow.jobs_failed) == ("whole", "Error", 1)
    assert workflow.workdir == "/data/project"
    assert workflow.owner is None
    for name in ("started_at", "updated_at"):
        assert f"{getattr(workflow, name):%Y-%m-%dT%H:%M:%S}" == answer[name][:19]
        assert getattr(workflow, name).utcoffset().total_seconds() == 0


def test_rules_and_jobs_are_those_of_the_workflow_s_run(client: Client, server: Server) -> None:
    run = failed_run(server, "twice")
    first = client.workflow("twice")
    failed_run(server, "twice", samples=2)
    newest = client.workflow("twice")
    assert (first.run, newest.run, client.workflow(run.id, run=1).run) == (1, 2, 1)
    assert [[rule.error for rule in client.rules(each)] for each in (first, newest)] == [[1], [2]]
    assert [client.jobs(each).count for each in (first, newest)] == [1, 2]
    (job,) = client.failures(first)
    assert (job.jobid, job.name, job.wildcards) == (1, "align", {"s": "K1"})
    assert job.log == ["logs/align/K1.log"]
    assert [attempt["status"] for attempt in job.attempts] == ["Error"]


def test_jobs_come_in_pages_by_status_and_rule(client: Client, server: Server) -> None:
    failed_run(server, "pages", samples=3)
    workflow = client.workflow("pages")
    page = client.jobs(workflow, status="Error", rule="align", page=2, per_page=2)
    assert ([job.jobid for job in page], page.count) == ([3], 3)
    assert client.jobs(workflow, status="Done").items == []
    assert len(client.failures(workflow, limit=2)) == 2
    assert client.failures(workflow, limit=0) == []


def test_workflows_are_found_by_a_part_of_their_name(client: Client, server: Server) -> None:
    failed_run(server, "found one")
    Reporter(server.url, "found two")
    assert [workflow.name for workflow in client.workflows("FOUND")] == ["found two", "found one"]
    page = client.workflows("found", sort="name", per_page=1)
    assert ([workflow.name for workflow in page], page.count) == (["found one"], 2)
    assert [each.name for each in client.workflows("found", status="error")] == ["found one"]
    assert client.workflows(name="found").items == []


def test_a_number_is_an_id_before_it_is_a_name(client: Client, server: Server) -> None:
    first = Reporter(server.url, "first")
    Reporter(server.url, str(first.id))
    Reporter(server.url, "20261123")
    assert client.workflow(str(first.id)).name == "first"
    assert client.workflow("20261123").name == "20261123"
    with pytest.raises(NotFound):
        client.workflow(20261123)


@pytest.mark.parametrize("missing", ["nobody", 9999, "9999", "9" * 30, "\udcff"])
def test_what_isn_t_there_is_not_found(client: Client, missing: int | str) -> None:
    with pytest.raises(NotFound, match="There is no workflow"):
        client.workflow(missing)


def test_what_is_deleted_can_be_restored(client: Client, server: Server) -> None:
    run = failed_run(server, "deleted")
    client.delete(run.id)
    with pytest.raises(NotFound):
        client.workflow(run.id)
    assert client.restore(run.id).name == "deleted"
    with pytest.raises(NotFound):
        client.restore(9999)


def test_a_running_workflow_is_not_deleted(client: Client, server: Server) -> None:
    run = Reporter(server.url, "running")
    run.job(1, "align", "K1")
    with pytest.raises(Refused) as refused:
        client.delete(run.id)
    assert refused.value.status == 403
    assert client.workflow(run.id).is_live


def test_it_needs_no_other_package() -> None:
    code = "import sys, panoptes.client; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code],  # Without what is installed.
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    parts = {name.split(".")[1] for name in ran.stdout.split() if name.startswith("panoptes.")}
    assert parts == {"client", "common"}
