"""What the commands share: how one opens the database, and how it says that it can't go on."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from panoptes.config import load


class CannotRun(Exception):
    """A command can't do its work; the message says why and what to do."""


@contextmanager
def opened_database(options: Namespace) -> Iterator[str]:
    """Open the database that the options name, brought up to date; yield what people call it.

    Inside, `db.writing` and the questions of `queries/` can be used. Raises CannotRun and
    config.BadSetting.
    """
    from panoptes.app import create_app  # Help loads none of this.
    from panoptes.db import UnusableDatabase, database_url, db, shown_name

    settings = load(vars(options))
    try:
        app = create_app(settings)
    except UnusableDatabase as error:
        raise CannotRun(str(error)) from error
    with app.app_context():
        engine = db.engine
    try:
        with app.app_context():
            yield shown_name(database_url(settings.db_url))
    finally:
        engine.dispose()
