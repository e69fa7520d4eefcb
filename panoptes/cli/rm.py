"""`panoptes rm`: deletes workflows, and brings back what was deleted in the last minutes."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from panoptes.cli.remote.options import asks_server
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, ClientError, Workflow


@click.command()
@click.argument("workflows", metavar="ID-OR-NAME...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Don't ask for confirmation.")
@click.option("--undo", is_flag=True, help="Restore these ids, for 10 minutes after.")
@asks_server
def rm(client: "Client", *, workflows: Sequence[str], yes: bool, undo: bool, as_json: bool) -> int:
    """Delete workflows, or restore them. Exit code 1 if that failed for any of them."""
    if undo:
        changed, wanted = _restore(client, workflows, is_quiet=as_json), len(workflows)
    else:
        found = (client.workflow(id_or_name) for id_or_name in workflows)
        by_id = {workflow.id: workflow for workflow in found}  # One may be named twice.
        if not yes:
            _confirm(by_id.values())
        changed, wanted = _delete(client, by_id.values(), is_quiet=as_json), len(by_id)
    if as_json:
        raw = [workflow.raw for workflow in changed]
        print(json.dumps({"workflows": raw, "count": len(raw)}, indent=2))
    return 0 if len(changed) == wanted else 1


def _delete(
    client: "Client", workflows: "Iterable[Workflow]", *, is_quiet: bool
) -> "list[Workflow]":
    """Delete all that can be deleted, and return them."""
    from panoptes.cli.remote.harmless import harmless
    from panoptes.client import ClientError

    deleted = []
    for workflow in workflows:
        name = harmless(workflow).name
        try:
            client.delete(workflow.id)
        except ClientError as error:
            _report_failure(f"{name} was not deleted", error)
            continue
        deleted.append(workflow)
        if not is_quiet:
            print(f"{name} is deleted.")
    if deleted and not is_quiet:
        ids = " ".join(str(workflow.id) for workflow in deleted)
        print(f"To undo this in the next 10 minutes: panoptes rm --undo {ids}")
    return deleted


def _confirm(workflows: "Iterable[Workflow]") -> None:
    """Go on if a person says yes. Raises CannotRun."""
    from panoptes.cli.remote.harmless import harmless
    from panoptes.cli.remote.texts import progress

    if not sys.stdin.isatty():
        raise CannotRun("No terminal to confirm in; use --yes.")
    print("These workflows will be deleted, with all their runs:", file=sys.stderr)
    for workflow in map(harmless, workflows):
        line = f"  {workflow.id}  {workflow.name}  ({workflow.status}, {progress(workflow)})"
        print(line, file=sys.stderr)
    print("Delete? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotRun("Nothing was deleted.")


def _restore(client: "Client", ids: Sequence[str], *, is_quiet: bool) -> "list[Workflow]":
    """Bring back all that can be brought back, and return them."""
    from panoptes.cli.remote.harmless import harmless
    from panoptes.client import NotFound

    if not all(number.isascii() and number.isdigit() for number in ids):
        raise CannotRun("With --undo, give ids: a deleted workflow can't be found by its name.")
    restored = []
    for number in map(int, ids):
        try:
            workflow = client.restore(number)
        except NotFound as error:
            _report_failure(f"workflow {number} was not restored", error)
            continue
        restored.append(workflow)
        if not is_quiet:
            print(f"{harmless(workflow).name} is restored.")
    return restored


def _report_failure(what: str, error: "ClientError") -> None:
    """Say why one workflow stays as it is; the others go on."""
    from panoptes.cli.remote.harmless import one_line

    print(f"panoptes: {what}: {one_line(str(error))}", file=sys.stderr)
