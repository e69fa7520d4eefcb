"""Looks into a database whose server was killed: it must open, and no job be half-written."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, create_engine, text

from panoptes.database.connections import database_url

COUNTED = {"running": "Running", "done": "Done", "error": "Error"}


def contradictions(url: str) -> list[str]:
    """Return where what was written doesn't go together; each event writes to several tables."""
    engine = create_engine(database_url(url))
    try:
        with engine.connect() as connection:
            return [*_file(connection), *_counts(connection), *_jobs(connection)]
    finally:
        engine.dispose()


def _file(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for (line,) in connection.execute(text("PRAGMA integrity_check")):
            if line != "ok":
                yield line


def _counts(connection: Connection) -> Iterator[str]:
    jobs: Counter[tuple[int, str, str]] = Counter()
    for run, rule, status, count in connection.execute(
        text("SELECT run_id, rule, status, count(*) FROM jobs GROUP BY run_id, rule, status")
    ):
        jobs[run, rule, status] += count
    rules = connection.execute(text("SELECT run_id, name, running, done, error FROM rules"))
    for run, rule, *counts in rules:
        found = [jobs[run, rule, status] for status in COUNTED.values()]
        if counts != found:
            yield f"rule {rule} of run {run} counts {counts}, its jobs are {found}"
    runs = "SELECT id, jobs_running, jobs_done, jobs_failed FROM runs"
    for run, *counts in connection.execute(text(runs)):
        found = [
            sum(count for (of, _, state), count in jobs.items() if (of, state) == (run, status))
            for status in COUNTED.values()
        ]
        if counts != found:
            yield f"run {run} counts {counts}, its jobs are {found}"


def _jobs(connection: Connection) -> Iterator[str]:
    half = "status = 'Done' AND ended_at IS NULL OR input IS NULL OR rule = ''"
    for (job,) in connection.execute(text(f"SELECT id FROM jobs WHERE {half}")):
        yield f"job {job} is half-written"
