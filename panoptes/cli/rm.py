"""`panoptes rm`: deletes workflows, and brings back what was deleted in the last minutes."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from panoptes.cli.remote.options import add_server, server
from panoptes.cli.session import CannotRun

if TYPE_CHECKING:
    from panoptes.client import Client, ClientError, Workflow


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    parser.add_argument(
        "workflows", nargs="+", metavar="ID", help="ids, or whole names; with --undo only ids"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="don't ask")
    parser.add_argument("--undo", action="store_true", help="bring them back, for 10 minutes")
    add_server(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Delete workflows or bring them back; exit code 1 where that wasn't possible for all."""
    with server(options) as client:
        changed, wanted = (_restore if options.undo else _delete)(client, options)
    if options.json:
        raw = [workflow.raw for workflow in changed]
        print(json.dumps({"workflows": raw, "count": len(raw)}, indent=2))
    return 0 if len(changed) == wanted else 1


def _delete(client: "Client", options: Namespace) -> "tuple[list[Workflow], int]":
    """Delete what can be deleted, after asking; return that, and how many were named."""
    from panoptes.cli.remote.texts import harmless
    from panoptes.client import ClientError

    found = (client.workflow(id_or_name) for id_or_name in options.workflows)
    workflows = {workflow.id: workflow for workflow in found}  # One may be named twice.
    if not options.yes:
        _confirm(list(workflows.values()))
    deleted = []
    for workflow in workflows.values():
        name = harmless(workflow).name
        try:
            client.delete(workflow.id)
        except ClientError as error:
            _report_failure(f"{name} was not deleted", error)
            continue
        deleted.append(workflow)
        if not options.json:
            print(f"{name} is deleted.")
    if deleted and not options.json:
        ids = " ".join(str(workflow.id) for workflow in deleted)
        print(f"To undo this in the next 10 minutes: panoptes rm --undo {ids}")
    return deleted, len(workflows)


def _confirm(workflows: "list[Workflow]") -> None:
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


def _restore(client: "Client", options: Namespace) -> "tuple[list[Workflow], int]":
    """Bring back what can be brought back; return that, and how many were named."""
    from panoptes.cli.remote.texts import harmless
    from panoptes.client import NotFound

    if not all(number.isascii() and number.isdigit() for number in options.workflows):
        raise CannotRun("With --undo, give ids: a deleted workflow can't be found by its name.")
    restored = []
    for number in options.workflows:
        try:
            workflow = client.restore(int(number))
        except NotFound as error:
            _report_failure(f"workflow {number} was not restored", error)
            continue
        restored.append(workflow)
        if not options.json:
            print(f"{harmless(workflow).name} is restored.")
    return restored, len(options.workflows)


def _report_failure(what: str, error: "ClientError") -> None:
    """Say why one workflow stays as it is; the others go on."""
    from panoptes.cli.remote.texts import one_line

    print(f"panoptes: {what}: {one_line(str(error))}", file=sys.stderr)
