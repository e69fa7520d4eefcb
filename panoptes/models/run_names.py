"""Runs by what their engines call them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from panoptes.database.prepared import PreparedSelect
from panoptes.models.run import Run
from panoptes.models.workflow import NOT_DELETED, Workflow


class NamedRun(NamedTuple):
    """A run that hasn't ended; `last_event_at` is None where nothing came since it registered."""

    uid: str | None
    last_event_at: datetime | None
    engine_state: Mapping[str, Any] | None


_OPEN = (
    select(Run.uid, Run.last_event_at, Run.engine_state)
    .join(Workflow, Run.workflow_id == Workflow.id)
    .where(NOT_DELETED, Run.deleted_at.is_(None), Run.ended_at.is_(None), Run.uid.is_not(None))
    .order_by(Run.id.desc())
    .limit(1)
)
_OF_NAME = PreparedSelect(
    _OPEN.where(Run.session == bindparam("session"), Run.run_name == bindparam("run_name")),
    NamedRun,
)
_OF_PREFIX = PreparedSelect(
    _OPEN.where(Run.uid >= bindparam("prefix"), Run.uid < bindparam("beyond")), NamedRun
)


def open_run(connection: Connection, session: str, run_name: str) -> NamedRun | None:
    """Return the newest run of a session with this name that hasn't ended."""
    return _OF_NAME.first(connection, {"session": session, "run_name": run_name})


def newest_open_run(connection: Connection, prefix: str) -> NamedRun | None:
    """Return the newest run that hasn't ended and whose `uid` begins so."""
    return _OF_PREFIX.first(connection, {"prefix": prefix, "beyond": f"{prefix}\x7f"})
