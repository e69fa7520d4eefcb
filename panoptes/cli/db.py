"""`panoptes db`: takes over, copies, upgrades, checks and measures a database."""

import shlex
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from panoptes.cli.session import CannotRun, opened_database
from panoptes.config.options import add_settings
from panoptes.config.settings import load

if TYPE_CHECKING:
    from sqlalchemy import URL

    from panoptes.queries.database import Contents


def add_to(parser: ArgumentParser) -> None:
    """Give the command's parser what it takes."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    def action(name: str, meaning: str, run: Callable[[Namespace], int]) -> ArgumentParser:
        made = actions.add_parser(name, help=meaning, description=meaning, allow_abbrev=False)
        add_settings(made, "db_url")
        made.set_defaults(run=run)
        return made

    copying = action("backup", "copy a SQLite database, also while it is in use", backup)
    copying.add_argument("file", type=Path, metavar="FILE", help="the copy; not there yet")
    action("check", "look for faults: exit code 0 when there are none, 1 otherwise", check)
    taking = action("import", "take over a SQLite file of panoptes-ui before 2.0", take_over)
    taking.add_argument("file", type=Path, metavar="FILE", help="the file; it stays as it is")
    action("stats", "what the database holds, and how much room that takes", stats)
    action("upgrade", "bring the tables up to date, as every start of the server does", upgrade)


def backup(options: Namespace) -> int:
    """Copy the database to a file."""
    from panoptes.database.connections import shown_name
    from panoptes.migrations import files

    url, target = _url(options), options.file
    if not files.is_file(url):
        raise CannotRun(f"PostgreSQL makes its own copies: {_pg_dump(url, target)}")
    source = Path(str(url.database))
    if not source.exists():
        raise CannotRun(f"There is no database {source}.")
    if target.exists():
        raise CannotRun(f"{target} is there already: name another file.")
    try:
        files.copy(source, target)
    except (sqlite3.Error, OSError) as error:
        raise CannotRun(f"{source} can't be copied to {target}: {error}") from error
    print(f"{target} is a copy of {shown_name(url)} ({target.stat().st_size:,} bytes).")
    return 0


def _pg_dump(url: "URL", target: Path) -> str:
    # Without its password: whoever runs it is asked, or has it in a file.
    address = url.set(drivername="postgresql")._replace(password=None).render_as_string()
    return f"pg_dump --format=custom --file={shlex.quote(str(target))} {shlex.quote(address)}"


def check(options: Namespace) -> int:
    """Print what is wrong with the database."""
    with _opened_as_it_is(options) as database:
        from panoptes.queries.database import faults

        found = 0
        for fault in faults():
            print(fault)
            found += 1
    print(f"{database}: {found} faults." if found else f"{database} is sound.", file=sys.stderr)
    return 1 if found else 0


def take_over(options: Namespace) -> int:
    """Add all that an old file holds to the database."""
    from panoptes.database.connections import database_url
    from panoptes.legacy import OldTables, hold_old_tables
    from panoptes.legacy.importer import take_over as take
    from panoptes.legacy.old_tables import opened_file
    from panoptes.migrations import explained, files, locked, preserve_old_tables
    from panoptes.migrations import upgrade as bring_up_to_date

    url, file = _url(options), options.file
    if not file.is_file():
        raise CannotRun(f"There is no file {file}.")
    if files.is_file(url) and file.resolve() == Path(str(url.database)).resolve():
        raise CannotRun(f"{file} is the database itself: panoptes db upgrade takes it over.")
    with _told(), explained(database_url(f"sqlite:///{file}")), opened_file(file) as old:
        if not hold_old_tables(old):
            raise CannotRun(f"{file} is not a database of panoptes-ui before 2.0.")
        bring_up_to_date(url)
        rejected_rows = preserve_old_tables.leftovers_of(file)
        with explained(url), locked(url) as connection:
            taken = take(OldTables(old), connection, rejected_rows)
    print(preserve_old_tables.told(taken, f"{file} is as it was", rejected_rows))
    return 0


def stats(options: Namespace) -> int:
    """Print what the database holds."""
    with _opened_as_it_is(options) as database:
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


def upgrade(options: Namespace) -> int:
    """Bring the tables up to date."""
    from panoptes.migrations import HEAD
    from panoptes.migrations import upgrade as bring_up_to_date

    url = _url(options)
    before = _version(url)
    with _told():
        bring_up_to_date(url)
    print(
        f"The tables are up to date (version {HEAD})."
        if before == HEAD
        else f"The tables are now of version {HEAD}; before: {before or 'none of panoptes 2'}."
    )
    return 0


# --- opening --------------------------------------------------------------------------------------


def _url(options: Namespace) -> "URL":
    from panoptes.database.connections import database_url

    with _told():
        return database_url(load(vars(options)).db_url)


@contextmanager
def _told() -> Iterator[None]:
    """Say what a database can't do as every command does."""
    from panoptes.database.connections import UnusableDatabase

    try:
        yield
    except UnusableDatabase as error:
        raise CannotRun(str(error)) from error


def _version(url: "URL") -> str | None:
    from panoptes.migrations import explained, files, version

    with _told(), explained(url), files.looking(url) as connection:
        return None if connection is None else version(connection)


@contextmanager
def _opened_as_it_is(options: Namespace) -> Iterator[str]:
    """Open a database whose tables are up to date: looking at one must not change it."""
    from panoptes.database.connections import shown_name
    from panoptes.migrations import HEAD

    url = _url(options)
    found = _version(url)
    if found != HEAD:
        tables = f"tables of version {found}" if found else "no tables of panoptes 2"
        raise CannotRun(f"{shown_name(url)} has {tables}: panoptes db upgrade makes them.")
    with opened_database(options) as opened:
        yield opened.name
