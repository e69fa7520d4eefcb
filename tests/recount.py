"""What the tables count, and the same counted anew from the jobs, as the migration does it."""

import importlib.util
from typing import Any

from flask import Flask
from sqlalchemy import delete, select, update

from panoptes.database.connections import db
from panoptes.migrations import VERSIONS
from panoptes.models import Rule, Run, Wildcard, WildcardCount

_SPEC = importlib.util.spec_from_file_location("counts", VERSIONS / "0002_counts.py")
assert _SPEC
assert _SPEC.loader
migration = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(migration)

COUNTED = ("jobs", "first_start", "last_end", "seconds", "longest", "recent")
# Which of several jobs is the first, their rows don't tell.
FIRST = ("key", "part")
Counts = dict[str, list[tuple[Any, ...]]]


def counts(app: Flask) -> Counts:
    """Return all that is counted, in an order of its own."""
    rules = select(Rule.run_id, Rule.name, *(getattr(Rule, name) for name in COUNTED))
    questions = {
        "runs": select(Run.id, Run.jobs_cancelled, Run.jobs_planned, Run.reasons),
        "rules": rules.where(Rule.jobs > 0),
        "wildcards": select(Rule.run_id, Rule.name, Rule.wildcards),
        "cells": select(
            *(column for column in WildcardCount.__table__.c if column.name not in FIRST)
        ),
        "keys": select(WildcardCount.key, WildcardCount.part).where(WildcardCount.jobs == 1),
        "links": select(Wildcard.__table__),
    }
    with app.app_context(), db.engine.connect() as connection:
        return {
            name: sorted(map(_comparable, connection.execute(question)), key=repr)
            for name, question in questions.items()
        }


def _comparable(row: Any) -> tuple[Any, ...]:
    return tuple(_plain(value) for value in row)


def _plain(value: Any) -> Any:
    """Return a value without what two right counts may differ in: order, and the last digits."""
    if isinstance(value, str) and value.endswith(" "):
        return sorted(value.split())
    if isinstance(value, dict):
        return sorted(value.items())
    return round(value, 6) if isinstance(value, float) else value


def recounted(app: Flask) -> Counts:
    """Forget all counts, count anew and return them."""
    nothing = dict.fromkeys(COUNTED) | {"jobs": 0, "seconds": 0.0, "recent": "", "wildcards": None}
    with app.app_context(), db.engine.begin() as connection:
        for table in (WildcardCount, Wildcard):
            connection.execute(delete(table))
        connection.execute(update(Rule).values(nothing))
        connection.execute(update(Run).values(jobs_cancelled=0, jobs_planned=0, reasons=None))
        for run_id in connection.scalars(select(Run.id)).all():
            migration._fill(connection, run_id)
    return counts(app)
