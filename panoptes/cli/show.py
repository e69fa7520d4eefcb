"""`panoptes show`: one workflow, how its rules stand, and what failed and why."""

import json
from argparse import ArgumentParser, Namespace

from panoptes.cli.remote.options import add_server, add_workflow, number, server
from panoptes.common import clock


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    add_workflow(parser)
    parser.add_argument(
        *("--failures", "-n"),
        type=number(0, 1000),
        default=10,
        dest="most",
        metavar="N",
        help="at most so many failed jobs [default: 10]",
    )
    add_server(parser)
    parser.set_defaults(run=show)


def show(options: Namespace) -> int:
    """Print a workflow."""
    with server(options) as client:
        workflow = client.workflow(options.workflow, options.run_number)
        rules, failures = client.rules(workflow), client.failures(workflow, options.most)
    if options.json:
        jobs = [job.raw for job in failures]
        answer = {"workflow": workflow.raw, "rules": [rule.raw for rule in rules]}
        print(json.dumps({**answer, "failed_jobs": jobs}, indent=2))
        return 0
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import open_console, print_parts

    address = f"{client.url}/workflow/{workflow.id}"
    parts = [workflow_view.head(workflow), workflow_view.details(workflow, address, clock.utcnow())]
    if rules:
        parts.append(workflow_view.rules(rules))
    if failures:
        parts.append(workflow_view.failures(failures, workflow, brief=False))
    elif workflow.error and workflow.status == "Error":
        parts.append(workflow_view.error(workflow))
    print_parts(open_console(), *parts)
    return 0
