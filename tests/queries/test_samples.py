"""What the database tells of samples."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from panoptes.analysis.samples import CellJobs, Counts, RuleJobs, ValueGroup
from panoptes.common.wildcards import place
from panoptes.queries import runs
from panoptes.queries.results import RunView
from panoptes.queries.samples import cells, groups, rule_jobs, values
from panoptes.web.request_time import request_time
from tests.engine import Engine

Replay = Callable[[str, str], int]


def found(workflow_id: int) -> RunView:
    run = runs.workflow(request_time(), workflow_id)
    assert run is not None
    return run


def test_rules_come_as_they_were_announced(app: Flask, client: FlaskClient) -> None:
    run, other = Engine(client, "nightly"), Engine(client, "other")
    run.plan(all=1, align=2, trim=3)
    run.job(5, "trim", wildcards={"s": "K1", "rep": 1})
    other.job(1, "other", wildcards={"x": "K2"})
    run.job(3, "align", wildcards={"s": "K1"})
    run.send("job_started", jobs=[77])
    with app.test_request_context():
        assert rule_jobs(found(run.id)) == (
            [
                RuleJobs("trim", ["s", "rep"], 1, 2, running=1),
                RuleJobs("align", ["s"], 1, 1, running=1),
                RuleJobs("all", (), 0, 1),
            ],
            True,
        )


def test_without_a_plan_nobody_knows_what_is_to_come(app: Flask, client: FlaskClient) -> None:
    run = Engine(client, "nightly")
    run.job(1, "trim")
    with app.test_request_context():
        assert rule_jobs(found(run.id)) == ([RuleJobs("trim", (), 1, running=1)], False)
    run.send("workflow_success")
    with app.test_request_context():
        assert rule_jobs(found(run.id)) == ([RuleJobs("trim", (), 1, 0)], True)


def test_of_a_run_that_is_done_nothing_is_to_come(app: Flask, replay: Replay) -> None:
    workflow_id = replay("a28", "checkpoint")
    with app.test_request_context():
        assert not any(rule.pending for rule in rule_jobs(found(workflow_id))[0])


def test_values_and_cells_are_those_of_one_run_and_one_wildcard(
    app: Flask, client: FlaskClient
) -> None:
    run, other = Engine(client, "nightly"), Engine(client, "other")
    for engine in (other, run):
        engine.job(1, "trim", wildcards={"s": "K10", "lane": "1"})
        engine.job(2, "trim", wildcards={"s": "K2", "lane": "1"})
        engine.finished(1)
    run.job(3, "align", wildcards={"s": "K2"})
    run.failed(3)
    with app.test_request_context():
        view = found(run.id)
        assert sorted(groups(view, "s")) == [
            ValueGroup(place("Error"), 1, 2),
            ValueGroup(place("Done", 1), 1, 1),
        ]
        page = values(view, "s")
        assert [each.value for each in page.items] == ["K2", "K10"]
        assert [each.value for each in values(view, "s", text="k1").items] == ["K10"]
        assert [each.value for each in values(view, "s", before=place("Done")).items] == ["K2"]
        rules, _ = rule_jobs(view)
        assert cells(view, "s", page.items, rules) == {
            ("K10", "trim"): CellJobs(Counts(1), "1", 0),
            ("K2", "trim"): CellJobs(Counts(1, running=1), "2", 0),
            ("K2", "align"): CellJobs(Counts(1, error=1), "3", 0),
        }
        assert cells(view, "lane", values(view, "lane").items, rules) == {
            ("1", "trim"): CellJobs(Counts(2, running=1), "1", 0)
        }
