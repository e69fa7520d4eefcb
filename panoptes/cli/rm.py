"""`panoptes rm`: deletes workflows, and brings back what was deleted in the last minutes."""

import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server, print_json
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, ClientError, Workflow

    # What a workflow is called, and what is to be done to it.
    Change = tuple[str, Callable[[], Workflow]]


@click.command()
@click.argument("workflows", metavar="ID-OR-NAME...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@click.option("--undo", is_flag=True, help="Restore these ids, for 10 minutes after.")
@asks_server
def rm(client: "Client", *, workflows: Sequence[str], yes: bool, undo: bool, as_json: bool) -> int:
    """Delete workflows, or restore them. Exit code 1 if that failed for any of them."""
    from panoptes.cli.remote.texts import harmless
    from panoptes.client import ClientError, NotFound

    if undo:
        if not all(number.isascii() and number.isdigit() for number in workflows):
            raise CannotRun("With --undo, give ids: a deleted workflow can't be found by its name.")
        changes = [(f"workflow {id_}", partial(client.restore, id_)) for id_ in map(int, workflows)]
        changed = _try_all(changes, "restored", NotFound, is_quiet=as_json)
    else:
        named = (client.workflow(id_or_name) for id_or_name in workflows)
        found = {workflow.id: workflow for workflow in named}.values()  # One may be named twice.
        if not yes:
            _confirm(found)
        changes = [(harmless(each).name, partial(_delete, client, each)) for each in found]
        changed = _try_all(changes, "deleted", ClientError, is_quiet=as_json)
    if as_json:
        print_json({"workflows": [workflow.raw for workflow in changed], "count": len(changed)})
    elif changed and not undo:
        ids = " ".join(str(workflow.id) for workflow in changed)
        print(f"To undo this in the next 10 minutes: panoptes rm --undo {ids}")
    return 0 if len(changed) == len(changes) else 1


def _delete(client: "Client", workflow: "Workflow") -> "Workflow":
    client.delete(workflow.id)
    return workflow


def _try_all(
    changes: "Sequence[Change]", done: str, failure: "type[ClientError]", *, is_quiet: bool
) -> "list[Workflow]":
    """Make the changes, go on after a `failure`, and return the workflows that were changed."""
    from panoptes.cli.remote.texts import harmless, one_line

    changed = []
    for name, change in changes:
        try:
            workflow = change()
        except failure as error:
            print(f"panoptes: {name} was not {done}: {one_line(str(error))}", file=sys.stderr)
            continue
        changed.append(workflow)
        if not is_quiet:
            print(f"{harmless(workflow).name} is {done}.")
    return changed


def _confirm(workflows: "Collection[Workflow]") -> None:
    """Go on if a person says yes. Raises CannotRun."""
    from panoptes.cli.remote.texts import harmless, progress

    if not sys.stdin.isatty():
        raise CannotRun("No terminal to confirm in; use --yes.")
    print("These workflows will be deleted, with all their runs:", file=sys.stderr)
    for workflow in map(harmless, workflows):
        line = f"  {workflow.id}  {workflow.name}  ({workflow.status}, {progress(workflow)})"
        print(line, file=sys.stderr)
    print("Delete? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotRun("Nothing was deleted.")
