"""A job in JSON, as text: this is the public contract. Lists and maps are JSON in the database.

Times are UTC, RFC 3339; durations are seconds.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from panoptes.common.status import Status
from panoptes.common.text import number_or_text
from panoptes.database.connections import AnyRow
from panoptes.queries.raw_jobs import RawJobs
from panoptes.queries.results import Moment, RunView

Time = str | datetime | None

_quoted = json.JSONEncoder(ensure_ascii=False).encode


def jobs_json(moment: Moment, run: RunView, found: RawJobs) -> Iterator[str]:
    """Yield jobs of a run, each with all its attempts."""
    head = f',"workflow_id":{run.workflow_id},"run":{run.run}'
    now = moment.now if run.is_live else None
    for job in found.jobs:
        yield _job(job, head, found.earlier.get(job[0], ()), now)


def _job(row: AnyRow, head: str, earlier: Sequence[AnyRow], now: datetime | None) -> str:
    # In the order of raw_jobs.NAMES; by its name, each value would take three times as long.
    (
        _, key, part, rule, status, attempt, started, ended, seconds, error, wildcards, inputs,
        outputs, logs, benchmark, command, msg, reason, resources, priority, threads,
        is_checkpoint, is_local, conda_env, external_id, group,
    ) = row  # fmt: skip
    if now is not None and status == Status.RUNNING:
        seconds = _between(started, now)
    latest = _outcome(started, ended, seconds, error)
    attempts = "".join(_attempt(each) + "," for each in earlier)
    return (
        f'{{"jobid":{_number_or_text(key)}{head},"part":{part},"name":{_text(rule)}'
        f',"status":"{status}",{latest}'
        f',"attempts":[{attempts}{{"number":{attempt},"status":"{status}",{latest}}}]'
        f',"msg":{_text(msg)},"input":{inputs or "[]"},"output":{outputs or "[]"}'
        f',"log":{logs or "[]"},"benchmark":{_text(benchmark)},"wildcards":{wildcards or "{}"}'
        f',"is_checkpoint":{_bool(is_checkpoint)},"shell_command":{_text(command)}'
        f',"threads":{_number(threads)},"resources":{resources or "null"}'
        f',"priority":{_number_or_text(priority)},"reason":{_text(reason)}'
        f',"is_local":{_bool(is_local)},"conda_env":{_text(conda_env)}'
        f',"external_id":{_text(external_id)},"group":{_text(group)}}}'
    )


def _attempt(row: AnyRow) -> str:
    seconds = _between(row.started_at, row.ended_at)
    outcome = _outcome(row.started_at, row.ended_at, seconds, row.error)
    return f'{{"number":{row.number},"status":"{row.status}",{outcome}}}'


def _outcome(started: Time, ended: Time, seconds: float | None, error: str | None) -> str:
    """Return what a job and an attempt have in common."""
    duration = None if seconds is None else round(seconds, 3)
    return (
        f'"started_at":{_time(started)},"completed_at":{_time(ended)}'
        f',"duration":{_number(duration)},"error":{_text(error)}'
    )


# --- values ---------------------------------------------------------------------------------------


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)


def _number_or_text(value: str | None) -> str:
    found = number_or_text(value)
    return repr(found) if isinstance(found, int) else _text(found)


def _bool(value: object) -> str:
    return "true" if value else "false"


# --- times: in SQLite texts, in UTC without saying so ---------------------------------------------


def _time(time: Time) -> str:
    if time is None:
        return "null"
    if isinstance(time, datetime):
        time = time.astimezone(timezone.utc).isoformat(" ", "microseconds")
    return f'"{time[:10]}T{time[11:26].removesuffix(".000000")}Z"'


def _between(start: Time, end: Time) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (_as_time(end) - _as_time(start)).total_seconds())


def _as_time(time: str | datetime) -> datetime:
    if isinstance(time, datetime):
        return time
    return datetime.fromisoformat(time).replace(tzinfo=timezone.utc)
