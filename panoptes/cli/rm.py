"""`panoptes rm`: deletes workflows, and brings back what was deleted in the last minutes."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from panoptes.cli.remote_options import add_server, server
from panoptes.cli.session import CannotRun

if TYPE_CHECKING:
    from panoptes.client.api_models import Workflow
    from panoptes.client.http import Server


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
    return _bring_back(options) if options.undo else _delete(options)


def _delete(options: Namespace) -> int:
    from panoptes.cli.asking import find
    from panoptes.client.api_models import read_workflow, understood

    asked = server(options)
    told = [find(asked, each) for each in options.workflows]
    with understood(asked):
        by_id = {each["id"]: each for each in told}  # One may be given twice.
        named = [read_workflow(each) for each in by_id.values()]
    if not options.yes:
        _ask([f"  {each.id}  {each.name}  ({each.status}, {each.progress})" for each in named])
    deleted = [each.id for each in named if _is_deleted(asked, each, options)]
    _tell(options, [by_id[each] for each in deleted])
    if deleted and not options.json:
        ids = " ".join(map(str, deleted))
        print(f"For 10 minutes it can be undone: panoptes rm --undo {ids}")
    return 0 if len(deleted) == len(named) else 1


def _is_deleted(asked: "Server", workflow: "Workflow", options: Namespace) -> bool:
    """Delete a workflow, or say why it stays: the others go nevertheless."""
    try:
        asked.delete(f"/api/workflow/{workflow.id}")
    except CannotRun as problem:
        print(f"panoptes: {workflow.name} stays: {problem}", file=sys.stderr)
        return False
    if not options.json:
        print(f"{workflow.name} is deleted.")
    return True


def _ask(lines: list[str]) -> None:
    """Go on if a person says yes. Raises CannotRun."""
    if not sys.stdin.isatty():
        raise CannotRun("Nobody is here to be asked: with --yes, nobody is.")
    question = "\n".join(["To be deleted, with all their runs:", *lines, "Delete? [y/N] "])
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotRun("Nothing was deleted.")


def _bring_back(options: Namespace) -> int:
    from panoptes.client.api_models import read_workflow, understood

    if not all(each.isascii() and each.isdigit() for each in options.workflows):
        raise CannotRun("With --undo, give ids: what is deleted has no name any more.")
    asked, back = server(options), []
    for number in map(int, options.workflows):
        told = _brought_back(asked, number)
        if told is None:
            continue
        with understood(asked):
            workflow = read_workflow(told["workflow"])
        back.append(told["workflow"])
        if not options.json:
            print(f"{workflow.name} is back.")
    _tell(options, back)
    return 0 if len(back) == len(options.workflows) else 1


def _brought_back(asked: "Server", number: int) -> dict[str, Any] | None:
    """Return what the server tells of one that is back, or say why it isn't: the others go on."""
    from panoptes.client.http import NotThere

    try:
        return asked.post(f"/api/workflow/{number}/restore")
    except NotThere as problem:
        print(f"panoptes: workflow {number} stays deleted: {problem}", file=sys.stderr)
        return None


def _tell(options: Namespace, found: list[dict[str, object]]) -> None:
    if options.json:
        print(json.dumps({"workflows": found, "count": len(found)}, indent=2))
