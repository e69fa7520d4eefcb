"""Pages that set runs side by side, with 20 and with 2,000 runs: `python -m benchmarks.history`.

Each run has 1,000 jobs. One is reported as all are; the others are copies of it, which the
database makes.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import Connection, text

from benchmarks import filling, servers
from benchmarks.asking import ask, queries
from benchmarks.report import Line, Section, Shown, command, median, number, table, tell
from panoptes.app import create_app, housekeeper
from panoptes.common.clock import utcnow
from panoptes.config.settings import Settings
from panoptes.database.connections import writing
from panoptes.database.tables import Model

ROUNDS = 25
MOST_TIMES, MOST_BYTES = 1.5, 150_000
PATHS = (
    "/workflow/1/history",
    "/workflow/1/history?page=1000000",
    "/workflow/1/history?status=Done",
    "/workflow/1/history?label=nightly",
    "/workflow/1/compare",
    "/workflow/1/compare?rules=all&with=1",
    "/api/workflow/1/history?per_page=20",
    "/api/workflow/1/compare",
    # In its head is the strip of runs, as on every page of a workflow.
    "/workflow/1/resources",
)


@dataclass(frozen=True)
class Plan:
    """How much is measured: with so few runs and with so many, and the jobs of each."""

    runs: tuple[int, int] = (20, 2000)
    jobs: int = 1000


QUICK = Plan(runs=(5, 25), jobs=100)


# --- what is there --------------------------------------------------------------------------------


def fill(app: Flask, runs: int, jobs: int) -> None:
    """Let a database hold a workflow with so many runs of so many jobs, one a day.

    One of ten failed, and all but the first have a label.
    """
    end = utcnow() - timedelta(days=runs)
    last = {"level": "info", "msg": "Complete log: .snakemake/log/run.log"}
    filling.fill(app, [("nightly", iter((*filling.run_events(jobs, end), (end, last))))])
    keeper = housekeeper(app)
    while keeper.sum_up_step():  # So that the servers needn't do it for the copies.
        pass
    with app.app_context(), writing() as connection:
        _copy_run(connection, runs - 1)


# What a copy has of its own; `n` counts the copies.
_OWN = {
    "runs": {
        "id": "id + n",
        "number": "number + n",
        "revision": "revision + n",
        "started_at": "strftime('%Y-%m-%d %H:%M:%f000', started_at, n || ' days')",
        "updated_at": "strftime('%Y-%m-%d %H:%M:%f000', updated_at, n || ' days')",
        "ended_at": "strftime('%Y-%m-%d %H:%M:%f000', ended_at, n || ' days')",
        "status": "CASE WHEN n % 10 THEN 'Done' ELSE 'Error' END",
        "is_current": "n = :copies",
        "labels": "'[\"nightly\"]'",
    },
    **{
        name: {"run_id": "run_id + n"} for name in ("rules", "rule_times", "rule_usage", "messages")
    },
    "jobs": {"run_id": "run_id + n"},
}


def _copy_run(connection: Connection, copies: int) -> None:
    """Copy the only run of a database so often."""
    numbers = (
        "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies LIMIT :copies)"
    )
    for name, own in _OWN.items():
        columns = [each.name for each in Model.metadata.tables[name].columns]
        # The rows of jobs and lines are numbered by the database.
        told = [each for each in columns if each != "id" or "id" in own]
        copied = ", ".join(own.get(each, f'{name}."{each}"') for each in told)
        names = ", ".join(f'"{each}"' for each in told)
        connection.execute(
            text(
                f"{numbers} INSERT INTO {name} ({names})"  # Names of ours.
                f" SELECT {copied} FROM copies CROSS JOIN {name} WHERE n <= :copies"
            ),
            {"copies": copies},
        )
    connection.execute(text("UPDATE runs SET is_current = id = (SELECT max(id) FROM runs)"))
    connection.execute(text("UPDATE workflows SET run = (SELECT max(number) FROM runs)"))
    connection.execute(
        text(
            "INSERT INTO run_labels (run_id, label)"
            " SELECT id, 'nightly' FROM runs WHERE labels IS NOT NULL"
        )
    )


# --- measuring ------------------------------------------------------------------------------------


@dataclass
class Found:
    """What was measured of a page, with few runs and with many: seconds, queries and bytes."""

    path: str
    seconds: tuple[list[float], list[float]]
    queries: tuple[int, int]
    bytes: int = 0

    @property
    def times(self) -> tuple[float, float]:
        """The medians in seconds."""
        few, many = self.seconds
        return median(few), median(many)

    @property
    def ratio(self) -> float:
        """How many times as long it takes with many runs."""
        few, many = self.times
        return many / few


def run(plan: Plan) -> Section:
    """Measure everything and return what was found."""
    with TemporaryDirectory(prefix="panoptes-benchmark-") as name, ExitStack() as stack:
        apps, started = [], []
        for runs in plan.runs:
            tell(f"filling a database with {runs:,} runs of {plan.jobs:,} jobs")
            folder = Path(name, str(runs))
            folder.mkdir()
            apps.append(create_app(Settings(db_url=f"sqlite:///{folder / 'panoptes.db'}")))
            fill(apps[-1], runs, plan.jobs)
            started.append(stack.enter_context(servers.ours(folder)))
        few, many = apps
        found = [
            Found(path, ([], []), (_queries(few, path), _queries(many, path))) for path in PATHS
        ]
        for each in found:
            tell(each.path)
            for _ in range(ROUNDS):
                for server, seconds in zip(started, each.seconds, strict=True):
                    answer = ask(server, each.path)
                    seconds.append(answer.seconds)
            each.bytes = answer.size
    return _section(plan, found)


def _queries(app: Flask, path: str) -> int:
    """Return how many statements a page sends; what a process asks once a second is none of it."""
    return min(queries(app, path) for _ in range(3))


def _section(plan: Plan, found: Sequence[Found]) -> Section:
    few, many = plan.runs
    section = Section("Runs side by side")
    slowest = max(found, key=lambda each: each.ratio)
    longest = max(found, key=lambda each: each.bytes)
    what = f"{many:,} runs of {plan.jobs:,} jobs"
    grown = [each.path for each in found if each.queries[1] > each.queries[0]]
    section.summary += [
        Line(
            f"{what}: time, the worst {slowest.path}",
            f"<= {MOST_TIMES} x that with {few:,}",
            Shown(f"{number(slowest.times[1] * 1000)} ms"),
            f"{slowest.ratio:.2f} x",
            slowest.ratio <= MOST_TIMES,
        ),
        Line(
            f"{what}: size, the largest {longest.path}",
            f"<= {MOST_BYTES / 1000:.0f} KB",
            Shown(f"{number(longest.bytes / 1000)} KB"),
            "–",
            longest.bytes <= MOST_BYTES,
        ),
        Line(
            f"{what}: queries{''.join(f', more for {path}' for path in grown)}",
            "no more than with fewer",
            Shown(f"at most {max(each.queries[1] for each in found)}"),
            "–",
            not grown,
        ),
    ]
    headers = (f"with {few:,} / {many:,} runs", "ms", "ratio", "KB", "queries")
    rows = (
        (
            each.path,
            " / ".join(number(seconds * 1000) for seconds in each.times),
            f"{each.ratio:.2f}",
            number(each.bytes / 1000),
            " / ".join(map(str, each.queries)),
        )
        for each in found
    )
    section.tables.append(table(headers, rows))
    return section


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
