"""What all tests share: an app on a database of its own, and engines that report to it."""

import itertools
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import make_url

from devtools import postgres
from devtools.chromium import MISSING, find_chromium, running_chromium
from panoptes.app import create_app
from panoptes.common import clock
from panoptes.config.settings import Settings
from panoptes.database.connections import sql_engine_of
from panoptes.web.guard import token_cache
from tests import recorded
from tests.engine import Engine
from tests.tokens import Tokens

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["pytester", "tests.lanes", "tests.no_skips", "tests.figures"]

KINDS = ("sqlite", pytest.param("postgres", marks=pytest.mark.external))
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server: a URL to which a database's name has to be added."""
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip(postgres.MISSING)
    with postgres.running_postgres(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """The system's Chromium, one for all tests: Playwright takes no second one beside it."""
    path = find_chromium()
    if path is None:
        pytest.skip(MISSING)
    with running_chromium(path) as started:
        yield started


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that isn't there yet."""
    return f"sqlite:///{tmp_path / 'panoptes.db'}"


@pytest.fixture
def postgres_url(postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new, empty database on the PostgreSQL server.

    What else a server keeps, it keeps in the current folder then.
    """
    monkeypatch.chdir(tmp_path)
    return _create_database(postgres_server)


def _create_database(server: str, template: str = "template1") -> str:
    name = f"panoptes_{next(_numbers)}"
    # Loaded here: without PostgreSQL's extra, tests on SQLite run all the same.
    import psycopg

    admin = server.format(name="postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        # Half the processor time of page by page; older servers know nothing else.
        how = "STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {how}")
    return server.format(name=name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables: to copy it is faster than to make them for each test."""
    folder = tmp_path_factory.mktemp("template")
    _make_tables(f"sqlite:///{folder / 'panoptes.db'}", folder)
    return folder / "panoptes.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with our tables."""
    url = _create_database(postgres_server)
    _make_tables(url, tmp_path_factory.mktemp("template"))
    return str(make_url(url).database)


def _make_tables(url: str, folder: Path) -> None:
    for _ in serve(Settings(db_url=url, secret_key_file=str(folder / "panoptes.key"))):
        pass


@pytest.fixture
def ready_postgres_url(postgres_server: str, postgres_template: str) -> str:
    """A new PostgreSQL database with our tables."""
    return _create_database(postgres_server, postgres_template)


@pytest.fixture(params=KINDS)
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database with our tables, of each kind in turn."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("ready_postgres_url")
        return url
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "panoptes.db")
    return f"sqlite:///{tmp_path / 'panoptes.db'}"


@pytest.fixture
def app(ready_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An app with the default settings on a new database, once on each kind."""
    yield from serve(Settings(db_url=ready_url, secret_key_file=str(tmp_path / "panoptes.key")))


class CompiledTemplates(BytecodeCache):
    """The templates of all apps: to compile those of one page takes longer than to answer it."""

    def __init__(self) -> None:
        self.by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code, if an earlier app compiled it."""
        if bucket.key in self.by_key:
            bucket.bytecode_from_string(self.by_key[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self.by_key[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


class CompiledStatements(dict[Any, Any]):
    """The statements of all apps on one kind of database, each of which has a dialect of its own.

    To compile those of a page takes longer than to run them.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Return what an earlier app compiled."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        if len(self) >= MOST_STATEMENTS:
            self.clear()
        super().__setitem__(key[1:], compiled)


MOST_STATEMENTS = 1_000
STATEMENTS: dict[str, CompiledStatements] = defaultdict(CompiledStatements)


def serve(settings: Settings) -> Iterator[Flask]:
    """Yield an app whose connections are closed at the end."""
    made = create_app(settings)
    made.jinja_env.bytecode_cache = COMPILED
    engine = sql_engine_of(made)
    engine.update_execution_options(compiled_cache=STATEMENTS[engine.dialect.name])
    yield made
    engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the app."""
    return app.test_client()


@pytest.fixture
def engine(client: FlaskClient, time: "Clock") -> Engine:
    """A run that was just registered; time stands still unless the test moves it."""
    return Engine(client)


@pytest.fixture
def replay(client: FlaskClient) -> Callable[[str, str], int]:
    """Send a recording (a client's and a scenario's name); return its first workflow's id."""
    return lambda name, scenario: recorded.replay(client, name, scenario).ids[0]


@pytest.fixture
def tokens(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Tokens:
    """The app's tokens, of which it knows at once."""
    monkeypatch.setattr(token_cache, "FRESH", -1.0)
    return Tokens(app)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=timezone.utc)

    def move(self, **units: float) -> None:
        """Move by days, hours, minutes or seconds."""
        self.now += timedelta(**units)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that the app reads."""
    stopped = Clock()
    monkeypatch.setattr(clock, "utcnow", lambda: stopped.now)
    return stopped
