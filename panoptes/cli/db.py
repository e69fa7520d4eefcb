"""`panoptes db`: takes over, copies, upgrades, checks and measures a database."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panoptes.cli.session import opened_database
from panoptes.common.errors import CannotRun
from panoptes.config.options import settings_options
from panoptes.config.settings import load

if TYPE_CHECKING:
    from sqlalchemy import URL


@click.group(no_args_is_help=False)
def db() -> None:
    """Work on the database: backup, check, eta, import, stats, upgrade."""


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@settings_options("db_url")
def backup(file: Path, db_url: str | None) -> None:
    """Copy a SQLite database to FILE, also while it is in use. FILE must not exist yet."""
    import sqlite3  # Help loads none of this.

    from panoptes.database.connections import database_url, shown_name
    from panoptes.migrations import files

    url = database_url(load({"db_url": db_url}).db_url)
    if not files.is_file(url):
        # Without its password: whoever runs it is asked, or has it in a file.
        url = url.set(drivername="postgresql").difference_update_query(["password"])
        address = shown_name(url)
        command = f"pg_dump --format=custom --file={shlex.quote(str(file))} {shlex.quote(address)}"
        raise CannotRun(f"PostgreSQL makes its own copies: {command}")
    source = Path(str(url.database))
    if not source.exists():
        raise CannotRun(f"There is no database {source}.")
    if file.exists():
        raise CannotRun(f"{file} exists already: name another file.")
    try:
        files.copy(source, file)
    except (sqlite3.Error, OSError) as error:
        raise CannotRun(f"{source} can't be copied to {file}: {error}") from error
    print(f"{file} is a copy of {shown_name(url)} ({file.stat().st_size:,} bytes).")


@db.command()
@settings_options("db_url")
def check(db_url: str | None) -> int:
    """Look for faults: exit code 0 when there are none, 1 otherwise."""
    with _opened_unchanged(db_url) as database:
        from panoptes.common.wording import count
        from panoptes.queries.database import faults

        number = 0
        for fault in faults():
            print(fault)
            number += 1
    result = f"{database}: {count(number, 'fault')}." if number else f"{database} is sound."
    print(result, file=sys.stderr)
    return 1 if number else 0


@db.command()
@click.option(
    "--runs",
    type=click.IntRange(2, 1000),
    default=20,
    metavar="N",
    help="At most N runs of each workflow, the latest. [default: 20]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@settings_options("db_url")
def eta(runs: int, *, as_json: bool, db_url: str | None) -> None:
    """Replay runs that ended, and show how good estimates of their ends were."""
    with _opened_unchanged(db_url) as database:
        from panoptes.analysis.estimate.backtest import jumps, rows
        from panoptes.queries.backtest import back_test_all

        outcomes = back_test_all(runs)
    judged, found = sum(outcome.runs for outcome in outcomes), rows(outcomes)
    jumped = jumps(outcomes)
    if as_json:
        points = [asdict(row) for row in found]
        print(json.dumps({"runs": judged, "points": points, "median_jump": jumped}))
        return
    if not judged:
        print("No workflow has two runs that came to a good end.")
        return
    from panoptes.cli.eta_table import table
    from panoptes.common.wording import count

    print(f"{database}: {count(judged, 'run')}, in percent of their time.\n")
    print(table(found))
    if jumped is not None:
        print(f"\nBetween two of these points, estimated ends moved by {100 * jumped:.0f} %.")


@db.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@settings_options("db_url")
def import_file(file: Path, db_url: str | None) -> None:
    """Take over FILE, a SQLite file of panoptes-ui before 2.0. FILE stays as it is."""
    from panoptes.database.connections import database_url
    from panoptes.legacy import OldTables, hold_old_tables
    from panoptes.legacy import take_over as take_over_tables
    from panoptes.legacy.old_tables import opened_file
    from panoptes.migrations import explained, files, locked
    from panoptes.migrations import upgrade as bring_up_to_date
    from panoptes.migrations.preserve_old_tables import rejected_rows_of

    url = database_url(load({"db_url": db_url}).db_url)
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if files.is_file(url) and file.resolve() == Path(str(url.database)).resolve():
        raise CannotRun(f"{file} is the database itself: panoptes db upgrade takes it over.")
    with explained(database_url(f"sqlite:///{file}")), opened_file(file) as old:
        if not hold_old_tables(old):
            raise CannotRun(f"{file} is not a database of panoptes-ui before 2.0.")
        bring_up_to_date(url)
        old_tables = OldTables(old, f"{file} is as it was", rejected_rows_of(file))
        with explained(url), locked(url) as connection:
            summary = take_over_tables(old_tables, connection)
    print(summary)


@db.command()
@settings_options("db_url")
def stats(db_url: str | None) -> None:
    """Show what the database holds, and how much space that takes."""
    with _opened_unchanged(db_url) as database:
        from panoptes.queries.database import contents
        from panoptes.web.request_time import request_time

        found = contents(request_time())
    free = f", {found.free:,} of them free" if found.free else ""
    print(f"{database}: {found.size:,} bytes{free}\n")
    print(f"{'TABLE':<16} {'ROWS':>12} {'BYTES':>16}")
    for name, rows, size in found.tables:
        print(f"{name:<16} {rows:>12,} {'unknown' if size is None else f'{size:,}':>16}")
    print(f"\n{'WORKFLOWS':<16} {sum(found.statuses.values()):>12,}")
    for status, number in found.statuses.items():
        print(f"{status.value:<16} {number:>12,}")
    if found.deleted:
        print(f"{'(deleted)':<16} {found.deleted:>12,}")
    if found.oldest and found.newest:
        print(
            f"\nfirst run {found.oldest:%Y-%m-%d %H:%M} UTC, last {found.newest:%Y-%m-%d %H:%M} UTC"
        )


@db.command()
@settings_options("db_url")
def upgrade(db_url: str | None) -> None:
    """Bring the tables up to date, as every start of the server does."""
    from panoptes.migrations import HEAD
    from panoptes.migrations import upgrade as bring_up_to_date

    url, before = _location(db_url)
    bring_up_to_date(url)
    print(
        f"The tables are up to date (version {HEAD})."
        if before == HEAD
        else f"The tables are now of version {HEAD}; before: {before or 'none of panoptes 2'}."
    )


def _location(db_url: str | None) -> "tuple[URL, str | None]":
    """Return the database's URL, and the version of its tables if there are any of panoptes 2."""
    from panoptes.database.connections import database_url
    from panoptes.migrations import explained, files, version

    url = database_url(load({"db_url": db_url}).db_url)
    with explained(url), files.looking(url) as connection:
        return url, None if connection is None else version(connection)


@contextmanager
def _opened_unchanged(db_url: str | None) -> Iterator[str]:
    """Open a database whose tables are up to date: looking at one must not change it."""
    from panoptes.database.connections import shown_name
    from panoptes.migrations import HEAD

    url, version = _location(db_url)
    if version != HEAD:
        tables = f"tables of version {version}" if version else "no tables of panoptes 2"
        raise CannotRun(f"{shown_name(url)} has {tables}: panoptes db upgrade makes them.")
    with opened_database(db_url) as opened:
        yield opened.name
