"""Moving the runs of a workflow into another one, as if they had always had its name."""

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from panoptes.common.errors import Conflict
from panoptes.common.moment import Moment
from panoptes.common.text import clean_name
from panoptes.models.run import Run, make_current
from panoptes.models.workflow import (
    MAX_NAME,
    NOT_DELETED,
    SIGNS_OF_LIFE,
    SignsOfLife,
    Workflow,
    rename,
    show_change,
    unknown,
)

_NAMED = select(Workflow.id).where(Workflow.name == bindparam("name"), NOT_DELETED)
_BY_START = (
    select(Run.id, Run.workflow_id, Run.number, *SIGNS_OF_LIFE)
    .where(Run.workflow_id.in_((bindparam("from_id"), bindparam("into_id"))))
    .order_by(Run.started_at, Run.id)
    .with_for_update()
)
_NUMBER = (
    update(Run)
    .where(Run.id == bindparam("which"))
    .values(workflow_id=bindparam("into_id"), number=bindparam("new_number"))
)


def join(
    connection: Connection,
    workflow_id: int,
    name: str,
    moment: Moment,
    check: Callable[[int], None],
) -> int:
    """Move all runs of a workflow into the one of this name, and return that one's id.

    They are numbered by their start, and the current run is that which started last. Where no
    workflow has the name, this one is given it. `check` gets the id of the one that has it, and
    raises where nothing may be moved there. Raises NotFound and BadRequest, and Conflict where a
    run that would move has no end and isn't silent: its client goes on
    reporting under the old id.
    """
    wanted = clean_name(name)[:MAX_NAME]
    into_id = connection.scalar(_NAMED, {"name": wanted})
    if into_id is not None:
        check(into_id)
    if into_id is None or into_id == workflow_id:
        rename(connection, workflow_id, name)
        return workflow_id
    columns = (Workflow.id, Workflow.run, Workflow.reported, Workflow.pinned, Workflow.baseline)
    of_both = select(*columns).where(
        or_(Workflow.id == workflow_id, Workflow.id == into_id), NOT_DELETED
    )
    found = {row.id: row for row in connection.execute(of_both.with_for_update())}
    if workflow_id not in found:
        raise unknown(workflow_id)
    rows = connection.execute(_BY_START, {"from_id": workflow_id, "into_id": into_id}).all()
    if any(SignsOfLife(*row[3:]).may_be_alive(moment) for row in rows if row[1] == workflow_id):
        raise Conflict("The workflow is running: its runs can be moved when they have ended.")
    numbers = _numbers([(row.id, row.workflow_id == into_id, row.number) for row in rows])
    for sign in (-1, 1):  # In between, no two runs of the workflow have one number.
        changed = [
            {"which": row.id, "into_id": into_id, "new_number": sign * numbers[row.id]}
            for row in rows
            if row.workflow_id == workflow_id or row.number != numbers[row.id]
        ]
        connection.execute(_NUMBER, changed)
    current = {each.id: each.run for each in found.values()}
    new = {(row.workflow_id, row.number): numbers[row.id] for row in rows}
    number = max(new[each] for each in current.items())
    baselines = [new.get((each, found[each].baseline)) for each in (into_id, workflow_id)]
    connection.execute(
        update(Workflow)
        .where(Workflow.id == into_id)
        .values(
            run=number,
            reported=new.get((into_id, found[into_id].reported), number),
            pinned=found[into_id].pinned or found[workflow_id].pinned,
            baseline=next(filter(None, baselines), None),
        )
    )
    make_current(connection, into_id, number)
    connection.execute(delete(Workflow).where(Workflow.id == workflow_id))
    show_change(connection, into_id)
    return into_id


def _numbers(runs: list[tuple[int, bool, int]]) -> dict[int, int]:
    """Return new numbers by runs' ids, in the order of their start.

    Each run is its id, whether it stays in its workflow, and its number there. Those that stay keep
    their numbers up to the first that comes between them.
    """
    numbers: dict[int, int] = {}
    last = 0
    for run_id, stays, number in runs:
        last = max(last + 1, number) if stays else last + 1
        numbers[run_id] = last
    return numbers
