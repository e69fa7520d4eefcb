"""What the tables count, and the same counted anew from the jobs."""

from collections import Counter, defaultdict
from typing import Any

from flask import Flask
from sqlalchemy import Connection, delete, insert, select, update

from panoptes.common.wildcards import (
    WORST_FIRST,
    brief,
    indexed_wildcards,
    natural_sort_key,
    place,
)
from panoptes.database.connections import sql_engine
from panoptes.engines.snakemake.reasons import kind_of_reason
from panoptes.models import Attempt, Job, Rule, Run, Wildcard, WildcardCount

_STATES = {"Running": "running", "Error": "error", "Cancelled": "cancelled", "Planned": "planned"}
# So many times of a rule's jobs are kept.
_RECENT = 50
COUNTED = (
    "jobs",
    "first_start",
    "last_end",
    "seconds",
    "longest",
    "recent",
    "timed",
    "done_seconds",
)
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
    with app.app_context(), sql_engine().connect() as connection:
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
    numbers = {"jobs": 0, "timed": 0, "seconds": 0.0, "done_seconds": 0.0}
    nothing = dict.fromkeys(COUNTED) | numbers | {"recent": "", "wildcards": None}
    with app.app_context(), sql_engine().begin() as connection:
        for table in (WildcardCount, Wildcard):
            connection.execute(delete(table))
        connection.execute(update(Rule).values(nothing))
        connection.execute(update(Run).values(jobs_cancelled=0, jobs_planned=0, reasons=None))
        for run_id in connection.scalars(select(Run.id)).all():
            _fill(connection, run_id)
    return counts(app)


class _Rule:
    """What a rule's row holds of its jobs."""

    def __init__(self) -> None:
        self.jobs = 0
        self.first_job: int | None = None
        self.starts: list[Any] = []
        self.ends: list[Any] = []
        self.seconds = self.done_seconds = 0.0
        self.timed = 0
        self.longest: float | None = None
        self.recent: list[str] = []
        self.wildcards: list[str] = []

    def add(self, job: Any) -> None:
        """Add a job that was announced."""
        self.jobs += 1
        self.first_job = self.first_job or job.id
        self.add_times(job.started_at, job.ended_at)
        if job.status == "Done" and job.seconds is not None:
            self.timed += 1
            self.done_seconds += job.seconds
            self.longest = max(job.seconds, self.longest or 0.0)
            self.recent = [f"{job.seconds:.6g} ", *self.recent][:_RECENT]
        self.wildcards = self.wildcards or [name for name, _ in indexed_wildcards(job.wildcards)]

    def add_times(self, start: Any, end: Any) -> None:
        """Add an attempt, of which nothing but its ends is kept."""
        self.starts = [min([start, *self.starts])] if start else self.starts
        self.ends = [max([end, *self.ends])] if end else self.ends
        if start and end:
            self.seconds += max(0.0, (end - start).total_seconds())


def _fill(connection: Connection, run_id: int) -> None:
    """Count what is known of a run's jobs."""
    rules: dict[str, _Rule] = defaultdict(_Rule)
    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    reasons: Counter[str] = Counter()
    states: Counter[str] = Counter()
    links = []
    of_run = select(Job.__table__).where(Job.run_id == run_id).order_by(Job.id)
    for job in connection.execute(of_run).all():
        states[job.status] += 1
        if job.rule:
            rules[job.rule].add(job)
            reasons[kind_of_reason(job.reason) or ""] += 1
            links += _count(cells, run_id, job)
    if links:
        connection.execute(insert(Wildcard), links)
    for rule, start, end in _earlier(connection, run_id):
        rules[rule].add_times(start, end)
    _write(connection, run_id, rules, cells)
    values = {"jobs_cancelled": states["Cancelled"], "jobs_planned": states["Planned"]}
    of_run = update(Run).where(Run.id == run_id)
    connection.execute(of_run.values(reasons=dict(reasons) or None, **values))


def _earlier(connection: Connection, run_id: int) -> list[Any]:
    query = select(Job.rule, Attempt.started_at, Attempt.ended_at).join_from(
        Job, Attempt, Attempt.job_id == Job.id
    )
    return list(connection.execute(query.where(Job.run_id == run_id, Job.rule != "")))


def _count(
    cells: dict[tuple[str, str, str], dict[str, Any]], run_id: int, job: Any
) -> list[dict[str, Any]]:
    """Count a job in its cells and return its places among the wildcards."""
    pairs = indexed_wildcards(job.wildcards)
    for name, value in pairs:
        for rule in (brief(job.rule), ""):
            cell = cells.get((name, value, rule))
            if cell is None:
                first = {"key": job.key, "part": job.part} if rule else {"key": None, "part": None}
                counts = dict.fromkeys(("jobs", *_STATES.values()), 0)
                at = {"run_id": run_id, "name": name, "value": value, "rule": rule}
                cell = cells[name, value, rule] = {**at, **counts, **first}
            cell["jobs"] += 1
            if job.status in _STATES:
                cell[_STATES[job.status]] += 1
    return [{"run_id": run_id, "name": n, "value": v, "job_id": job.id} for n, v in pairs]


def _write(
    connection: Connection,
    run_id: int,
    rules: dict[str, _Rule],
    cells: dict[tuple[str, str, str], dict[str, Any]],
) -> None:
    for name, rule in rules.items():
        at = update(Rule).where(Rule.run_id == run_id, Rule.name == name)
        values = at.values(
            jobs=rule.jobs,
            first_job=rule.first_job,
            first_start=next(iter(rule.starts), None),
            last_end=next(iter(rule.ends), None),
            seconds=rule.seconds,
            longest=rule.longest,
            timed=rule.timed,
            done_seconds=rule.done_seconds,
            recent="".join(rule.recent),
            wildcards=rule.wildcards or None,
        )
        connection.execute(values)
    if cells:
        connection.execute(insert(WildcardCount), [_with_place(cell) for cell in cells.values()])


def _with_place(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["rule"]:
        return {**cell, "place": 0, "natural": b""}
    worst = next((state for state in WORST_FIRST[:-1] if cell[_STATES[state]]), WORST_FIRST[-1])
    return {**cell, "place": place(worst, cell["jobs"]), "natural": natural_sort_key(cell["value"])}
