"""Which runs are old enough to go, where the server keeps history for so many days only."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    update,
)

from panoptes.common.status import Status
from panoptes.database.connections import UTCDateTime
from panoptes.database.tables import aliased
from panoptes.models.purge import BEYOND_UNDO
from panoptes.models.run import CLEAR_CURRENT, Run
from panoptes.models.workflow import IS_CURRENT_RUN, NOT_DELETED, Workflow

# So many are hidden in one transaction: some milliseconds.
CHUNK = 500

# A failed run whose end nobody reported is as old as its last word, unless jobs of it run, or wait
# in a cluster's queue, and it hasn't been silent for long (`workflow.SignsOfLife`). What is
# Running, or silent, hasn't ended.
_IS_OLD: ColumnElement[bool] = and_(
    Run.deleted_at.is_(None),
    Run.status != Status.RUNNING.value,
    func.coalesce(Run.ended_at, Run.updated_at) < bindparam("before", type_=UTCDateTime),
    or_(
        Run.ended_at.is_not(None),
        Run.jobs_running + Run.jobs_queued == 0,
        Run.updated_at < bindparam("silent", type_=UTCDateTime),
    ),
)
_MAY_GO = and_(Run.workflow_id == Workflow.id, NOT_DELETED, Workflow.pinned.is_(False))
_OTHER = aliased(Run)
# It stays for as long as others are compared with it.
_IS_BASELINE = func.coalesce(Workflow.baseline == Run.number, false())
_IS_LAST_LEFT = ~exists().where(
    _OTHER.workflow_id == Run.workflow_id,
    _OTHER.id != Run.id,
    _OTHER.deleted_at.is_(None),
    or_(_OTHER.number.is_distinct_from(Workflow.baseline), _OTHER.ended_at.is_(None)),
)
_OLD_RUNS = (
    select(Run.id)
    .join(Workflow, _MAY_GO)
    .where(_IS_OLD, ~IS_CURRENT_RUN, ~_IS_BASELINE)
    .limit(CHUNK)
)
_OLD_WORKFLOWS = (
    select(Workflow.id)
    .join(Run, _MAY_GO)
    .where(_IS_OLD, IS_CURRENT_RUN, _IS_LAST_LEFT)
    .limit(CHUNK)
)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
# Between the question and the answer a run may have gone on, or its workflow been pinned.
_HIDE_RUNS = (
    update(Run)
    .where(Run.id.in_(_IDS), _IS_OLD, exists().where(_MAY_GO, ~_IS_BASELINE))
    .values(deleted_at=bindparam("at", type_=UTCDateTime))
)
_HIDE_WORKFLOWS = (
    update(Workflow)
    .where(Workflow.id.in_(_IDS), exists().where(_MAY_GO, _IS_OLD, IS_CURRENT_RUN, _IS_LAST_LEFT))
    .values(deleted_at=bindparam("at", type_=UTCDateTime))
)
_IS_HIDDEN = exists().where(Workflow.id == Run.workflow_id, Workflow.deleted_at.is_not(None))
_CLEAR_HIDDEN = CLEAR_CURRENT.where(_IS_HIDDEN, Run.workflow_id.in_(_IDS))


class Limits(NamedTuple):
    """What ended `before` a time is old; what was last heard of before `silent` counts as dead."""

    before: datetime
    silent: datetime


class Old(NamedTuple):
    """Rows that are old enough to go: runs that others followed, and workflows with all theirs."""

    runs: list[int]
    workflows: list[int]


def find_old(connection: Connection, limits: Limits) -> Old:
    """Return some of the runs that ended before a time, of workflows that aren't pinned."""
    times = limits._asdict()
    runs = list(connection.scalars(_OLD_RUNS, times))
    return Old(runs, [] if runs else list(connection.scalars(_OLD_WORKFLOWS, times)))


def hide(connection: Connection, old: Old, limits: Limits, now: datetime) -> None:
    """Delete what was found, so that the next purges remove it; it can't be brought back."""
    times, at = limits._asdict(), now - BEYOND_UNDO - BEYOND_UNDO
    if old.runs:
        connection.execute(_HIDE_RUNS, {"ids": old.runs, "at": at, **times})
    if old.workflows:
        connection.execute(_HIDE_WORKFLOWS, {"ids": old.workflows, "at": at, **times})
        connection.execute(_CLEAR_HIDDEN, {"ids": old.workflows})
