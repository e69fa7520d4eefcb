"""What the commands share: opening the database, and the exit code after Ctrl-C."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from panoptes.config.settings import load

if TYPE_CHECKING:
    from sqlalchemy import Engine

# The exit code of a command that was ended with Ctrl-C.
INTERRUPTED = 130


class Opened(NamedTuple):
    """A database: what people call it, how one connects to it, and whether its file is new."""

    name: str
    engine: "Engine"
    is_new: bool


@contextmanager
def opened_database(db_url: str | None) -> Iterator[Opened]:
    """Open the database of the option `--db-url`, else of its variable, and bring it up to date.

    Inside, `connections.writing` and the questions of `queries/` can be used. Raises
    UnusableDatabase and BadSetting.
    """
    from panoptes.app import create_app  # Help loads none of this.
    from panoptes.database.connections import database_url, shown_name, sql_engine
    from panoptes.migrations.files import is_file

    settings = load({"db_url": db_url})
    url = database_url(settings.db_url)
    is_new = is_file(url) and not Path(str(url.database)).exists()
    app = create_app(settings)
    with app.app_context():
        engine = sql_engine()
    try:
        with app.app_context():
            yield Opened(shown_name(url), engine, is_new)
    finally:
        engine.dispose()  # The context has given back by now what it read with.
