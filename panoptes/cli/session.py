"""What the commands share: opening the database, and saying that they can't go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from panoptes.config.settings import load

if TYPE_CHECKING:
    from sqlalchemy import Engine


# The exit code of a command that was ended with Ctrl-C.
INTERRUPTED = 130


class CannotRun(Exception):
    """A command can't do its work; the message says why and what to do, `code` is its exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


class Opened(NamedTuple):
    """A database: what people call it, how one connects to it, and whether its file is new."""

    name: str
    engine: "Engine"
    is_new: bool


@contextmanager
def opened_database(db_url: str | None) -> Iterator[Opened]:
    """Open the database of the option `--db-url`, else of its variable, and bring it up to date.

    Inside, `connections.writing` and the questions of `queries/` can be used. Raises CannotRun and
    BadSetting.
    """
    from panoptes.app import create_app  # Help loads none of this.
    from panoptes.database.connections import UnusableDatabase, database_url, db, shown_name
    from panoptes.migrations.files import is_file

    settings = load({"db_url": db_url})
    try:
        url = database_url(settings.db_url)
        is_new = is_file(url) and not Path(str(url.database)).exists()
        app = create_app(settings)
    except UnusableDatabase as error:
        raise CannotRun(str(error)) from error
    with app.app_context():
        engine = db.engine
    try:
        with app.app_context():
            yield Opened(shown_name(url), engine, is_new)
    finally:
        engine.dispose()
