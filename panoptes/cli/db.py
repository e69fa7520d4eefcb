"""`panoptes db`: takes over, copies, upgrades, checks and measures a database."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panoptes.cli.session import CannotRun, opened_database
from panoptes.config.options import settings_options
from panoptes.config.settings import load

if TYPE_CHECKING:
    from sqlalchemy import URL

    from panoptes.queries.database import Contents


@click.group(no_args_is_help=False)
def db() -> None:
    """Look after the database: backup, check, import, stats, upgrade."""


@db.command()
@click.argument("file", type=click.Path(path_type=Path))
@settings_options("db_url")
def backup(file: Path, db_url: str | None) -> int:
    """Copy a SQLite database to FILE, also while it is in use. FILE must not exist yet."""
    import sqlite3  # Help loads none of this.

    from panoptes.database.connections import shown_name
    from panoptes.migrations import files

    url = _url(db_url)
    if not files.is_file(url):
        raise CannotRun(f"PostgreSQL makes its own copies: {_pg_dump(url, file)}")
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
    return 0


def _pg_dump(url: "URL", target: Path) -> str:
    # Without its password: whoever runs it is asked, or has it in a file.
    address = url.set(drivername="postgresql")._replace(password=None).render_as_string()
    return f"pg_dump --format=custom --file={shlex.quote(str(target))} {shlex.quote(address)}"


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


@db.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@settings_options("db_url")
def import_file(file: Path, db_url: str | None) -> int:
    """Take over FILE, a SQLite file of panoptes-ui before 2.0. FILE stays as it is."""
    from panoptes.database.connections import database_url
    from panoptes.legacy import OldTables, hold_old_tables
    from panoptes.legacy.importer import take_over as take
    from panoptes.legacy.old_tables import opened_file
    from panoptes.migrations import explained, files, locked, preserve_old_tables
    from panoptes.migrations import upgrade as bring_up_to_date

    url = _url(db_url)
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if files.is_file(url) and file.resolve() == Path(str(url.database)).resolve():
        raise CannotRun(f"{file} is the database itself: panoptes db upgrade takes it over.")
    with _explained(), explained(database_url(f"sqlite:///{file}")), opened_file(file) as old:
        if not hold_old_tables(old):
            raise CannotRun(f"{file} is not a database of panoptes-ui before 2.0.")
        bring_up_to_date(url)
        rejected_rows = preserve_old_tables.leftovers_of(file)
        with explained(url), locked(url) as connection:
            taken = take(OldTables(old), connection, rejected_rows)
    print(preserve_old_tables.told(taken, f"{file} is as it was", rejected_rows))
    return 0


@db.command()
@settings_options("db_url")
def stats(db_url: str | None) -> int:
    """Show what the database holds, and how much space that takes."""
    with _opened_unchanged(db_url) as database:
        from panoptes.queries.database import contents
        from panoptes.web.request_time import request_time

        for line in _lines(database, contents(request_time())):
            print(line)
    return 0


def _lines(database: str, found: "Contents") -> Iterator[str]:
    free = f", {found.free:,} of them free" if found.free else ""
    yield f"{database}: {found.size:,} bytes{free}"
    yield f"\n{'TABLE':<16} {'ROWS':>12} {'BYTES':>16}"
    for name, rows, size in found.tables:
        yield f"{name:<16} {rows:>12,} {'unknown' if size is None else f'{size:,}':>16}"
    yield f"\n{'WORKFLOWS':<16} {sum(found.statuses.values()):>12,}"
    for status, number in found.statuses.items():
        yield f"{status.value:<16} {number:>12,}"
    if found.deleted:
        yield f"{'(deleted)':<16} {found.deleted:>12,}"
    if found.oldest and found.newest:
        oldest, newest = (f"{time:%Y-%m-%d %H:%M} UTC" for time in (found.oldest, found.newest))
        yield f"\nfirst run {oldest}, last {newest}"


@db.command()
@settings_options("db_url")
def upgrade(db_url: str | None) -> int:
    """Bring the tables up to date, as every start of the server does."""
    from panoptes.migrations import HEAD
    from panoptes.migrations import upgrade as bring_up_to_date

    url = _url(db_url)
    before = _version(url)
    with _explained():
        bring_up_to_date(url)
    print(
        f"The tables are up to date (version {HEAD})."
        if before == HEAD
        else f"The tables are now of version {HEAD}; before: {before or 'none of panoptes 2'}."
    )
    return 0


# --- the database --------------------------------------------------------------------------------


def _url(db_url: str | None) -> "URL":
    from panoptes.database.connections import database_url

    with _explained():
        return database_url(load({"db_url": db_url}).db_url)


@contextmanager
def _explained() -> Iterator[None]:
    """Say why a database can't be used as every command does. Raises CannotRun."""
    from panoptes.database.connections import UnusableDatabase

    try:
        yield
    except UnusableDatabase as error:
        raise CannotRun(str(error)) from error


def _version(url: "URL") -> str | None:
    from panoptes.migrations import explained, files, version

    with _explained(), explained(url), files.looking(url) as connection:
        return None if connection is None else version(connection)


@contextmanager
def _opened_unchanged(db_url: str | None) -> Iterator[str]:
    """Open a database whose tables are up to date: looking at one must not change it."""
    from panoptes.database.connections import shown_name
    from panoptes.migrations import HEAD

    url = _url(db_url)
    found = _version(url)
    if found != HEAD:
        tables = f"tables of version {found}" if found else "no tables of panoptes 2"
        raise CannotRun(f"{shown_name(url)} has {tables}: panoptes db upgrade makes them.")
    with opened_database(db_url) as opened:
        yield opened.name
