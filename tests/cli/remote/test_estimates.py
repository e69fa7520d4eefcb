"""A terminal tells when a run will be done, by its own clock."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rich.console import Console

from panoptes.cli.remote import workflow_view
from panoptes.cli.remote.follow import Snapshot, _print_lines
from panoptes.client.api_models import Workflow, read
from tests.conftest import Clock
from tests.estimated import estimated_run


@pytest.fixture
def workflow(app: Flask, client: FlaskClient, time: Clock) -> Workflow:
    run = estimated_run(app, client, time)
    return read(Workflow, client.get(f"/api/workflow/{run.id}").get_json()["workflow"])


def test_show_tells_it_with_what_it_is_made_from(workflow: Workflow) -> None:
    console = Console(width=100)
    with console.capture() as said:
        console.print(workflow_view.head(workflow))
    (line,) = [line for line in said.get().splitlines() if line.startswith("ends ≈ ")]
    assert line.endswith(", rough, from 2 runs; past estimates here were off by 0 %")


def test_a_list_has_a_column_for_it_where_anything_runs(workflow: Workflow) -> None:
    console = Console(width=120)
    with console.capture() as said:
        console.print(workflow_view.workflows([workflow], whole_names=True))
    head, row = said.get().splitlines()
    assert head.split()[-1] == "ENDS"
    assert " ≈ " in row
    with console.capture() as said:
        other = workflow._replace(estimate=None)
        console.print(workflow_view.workflows([other], whole_names=True))
    assert "ENDS" not in said.get()


def test_a_line_of_watch_tells_it(workflow: Workflow, capsys: pytest.CaptureFixture[str]) -> None:
    _print_lines([Snapshot(workflow, [], [])])
    assert ", ends ≈ " in capsys.readouterr().out
