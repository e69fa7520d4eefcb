"""`panoptes show`: one workflow, how its rules stand, and what failed and why."""

import json
from argparse import ArgumentParser, Namespace

from panoptes.cli.remote_options import add_server, add_workflow, number, server
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
    from panoptes.cli.asking import ask_failures, ask_rules, find
    from panoptes.client.api_models import read_failure, read_rule, read_workflow, understood

    asked = server(options)
    told = find(asked, options.workflow, options.run_number)
    rules = ask_rules(asked, told)
    failures = ask_failures(asked, told, options.most)
    if options.json:
        print(json.dumps({"workflow": told, "rules": rules, "failed_jobs": failures}, indent=2))
        return 0
    with understood(asked):
        workflow = read_workflow(told)
        found = [read_rule(each) for each in rules]
        failed = [read_failure(each, workflow) for each in failures]
    from panoptes.cli import pictures
    from panoptes.cli.screen import console, put

    address = f"{asked.url}/workflow/{workflow.id}"
    parts = [pictures.head(workflow), pictures.facts(workflow, address, clock.utcnow())]
    if found:
        parts.append(pictures.rules(found))
    if failed:
        parts.append(pictures.failures(failed, workflow, brief=False))
    elif workflow.error and workflow.status == "Error":
        parts.append(pictures.said(workflow.error))
    put(console(), *parts)
    return 0
