"""`panoptes show`: one workflow, how its rules stand, and what failed and why."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, names_workflow, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@names_workflow
@click.option(
    *("--failures", "-n", "limit"),
    type=click.IntRange(0, 1000),
    default=10,
    metavar="N",
    help="At most N failed jobs. [default: 10]",
)
@asks_server
def show(client: "Client", *, workflow: str, run: int | None, limit: int, as_json: bool) -> None:
    """Show one workflow: its rules, what failed and why."""
    found = client.workflow(workflow, run)
    rules, failures = client.rules(found), client.failures(found, limit)
    if as_json:
        jobs = [job.raw for job in failures]
        raw_rules = [rule.raw for rule in rules]
        print_json({"workflow": found.raw, "rules": raw_rules, "failed_jobs": jobs})
        return
    from panoptes.cli.remote import workflow_view
    from panoptes.cli.remote.widgets import open_console, print_parts

    address = f"{client.url}/workflow/{found.id}"
    parts = [workflow_view.head(found), workflow_view.details(found, address)]
    if rules:
        parts.append(workflow_view.rules(found, rules))
    if failures:
        parts.append(workflow_view.failures(failures, found, brief=False))
    elif found.error and found.status == "Error":
        parts.append(workflow_view.error(found))
    print_parts(open_console(), *parts)
