"""`panoptes mv`: gives a workflow another name, or moves its runs into the one that has it."""

from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, print_json

if TYPE_CHECKING:
    from panoptes.client import Client


@click.command()
@click.argument("workflow", metavar="ID-OR-NAME")
@click.argument("name", metavar="NEW-NAME")
@asks_server
def mv(client: "Client", *, workflow: str, name: str, as_json: bool) -> int:
    """Rename a workflow. If another has the new name, its runs move into that one's history."""
    from panoptes.cli.remote.texts import harmless

    moved = client.join(client.workflow(workflow).id, name)
    if as_json:
        print_json({"workflow": moved.raw})
    else:
        words = harmless(moved)
        print(f"Workflow {words.id} is {words.name}, at run {words.run}.")
    return 0
