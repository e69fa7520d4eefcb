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
@click.option("--run", "numbers", type=int, multiple=True, help="Only this run; repeatable.")
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@click.option("--undo", is_flag=True, help="Restore these ids, for 10 minutes after.")
@asks_server
def rm(
    client: "Client",
    *,
    workflows: Sequence[str],
    numbers: Sequence[int],
    yes: bool,
    undo: bool,
    as_json: bool,
) -> int:
    """Delete workflows, or some runs of one, or restore them. Exit code 1 if any of that failed."""
    from panoptes.client import ClientError, NotFound

    if numbers and len(workflows) > 1:
        raise CannotRun("With --run, name one workflow.")
    if undo:
        changes = _restorations(client, workflows, numbers)
        changed = _try_all(changes, "restored", NotFound, runs=bool(numbers), is_quiet=as_json)
    else:
        # One may be named twice.
        named = (client.workflow(each, run) for each in workflows for run in numbers or (None,))
        found = {(workflow.id, workflow.run): workflow for workflow in named}.values()
        if not yes:
            _confirm(found, runs=bool(numbers))
        delete = _delete_run if numbers else _delete
        changes = [
            (_called(each, run=bool(numbers)), partial(delete, client, each)) for each in found
        ]
        changed = _try_all(changes, "deleted", ClientError, runs=bool(numbers), is_quiet=as_json)
    if as_json:
        print_json({"workflows": [workflow.raw for workflow in changed], "count": len(changed)})
    elif changed and not undo:
        ids = [str(workflow.id) for workflow in changed]
        which = [ids[0], *(f"--run {each.run}" for each in changed)] if numbers else ids
        print(f"To undo this in the next 10 minutes: panoptes rm --undo {' '.join(which)}")
    return 0 if len(changed) == len(changes) else 1


def _restorations(
    client: "Client", workflows: Sequence[str], numbers: Sequence[int]
) -> "list[Change]":
    """Return what brings the named workflows back, or the runs of one. Raises CannotRun."""
    if numbers:
        id_ = client.workflow(workflows[0]).id
        return [(f"run {run}", partial(client.restore_run, id_, run)) for run in numbers]
    if not all(number.isascii() and number.isdigit() for number in workflows):
        raise CannotRun("With --undo, give ids: a deleted workflow can't be found by its name.")
    return [(f"workflow {id_}", partial(client.restore, id_)) for id_ in map(int, workflows)]


def _delete(client: "Client", workflow: "Workflow") -> "Workflow":
    client.delete(workflow.id)
    return workflow


def _delete_run(client: "Client", workflow: "Workflow") -> "Workflow":
    client.delete_run(workflow.id, workflow.run)
    return workflow


def _called(workflow: "Workflow", *, run: bool) -> str:
    """Return what a workflow is called, or the run of it."""
    from panoptes.cli.remote.texts import harmless

    name = harmless(workflow).name
    return f"Run {workflow.run} of {name}" if run else name


def _try_all(
    changes: "Sequence[Change]",
    done: str,
    failure: "type[ClientError]",
    *,
    runs: bool,
    is_quiet: bool,
) -> "list[Workflow]":
    """Make the changes, go on after a `failure`, and return the workflows that were changed.

    `runs`: of each, only the run is changed.
    """
    from panoptes.cli.remote.texts import one_line

    changed = []
    for name, change in changes:
        try:
            workflow = change()
        except failure as error:
            print(f"panoptes: {name} was not {done}: {one_line(str(error))}", file=sys.stderr)
            continue
        changed.append(workflow)
        if not is_quiet:
            print(f"{_called(workflow, run=runs)} is {done}.")
    return changed


def _confirm(workflows: "Collection[Workflow]", *, runs: bool) -> None:
    """Go on if a person says yes; `runs`: only that run of each goes. Raises CannotRun."""
    from panoptes.cli.remote.confirm import confirm, require_terminal
    from panoptes.cli.remote.texts import harmless, progress

    require_terminal()
    what = "runs will be deleted" if runs else "workflows will be deleted, with all their runs"
    print(f"These {what}:", file=sys.stderr)
    for workflow in map(harmless, workflows):
        name = _called(workflow, run=runs)
        line = f"  {workflow.id}  {name}  ({workflow.status}, {progress(workflow)})"
        print(line, file=sys.stderr)
    confirm("Delete?", "Nothing was deleted.")
