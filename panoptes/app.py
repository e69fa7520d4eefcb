"""Puts the app together: settings, database, blueprints, error pages, guard."""

import string
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import IntegerConverter, PathConverter

from panoptes.config.settings import Settings, load
from panoptes.database import connections
from panoptes.ingest.counters import EventCounters
from panoptes.migrations import upgrade
from panoptes.notify.notifier import notifier
from panoptes.server import access_log
from panoptes.server.housekeeping import Housekeeper
from panoptes.web import api, errors, guard, intake, pages, wes
from panoptes.web.guard.hosts import Hosts
from panoptes.web.guard.keys import key_file, read_key, refuse_lost_database
from panoptes.web.guard.throttle import Throttle
from panoptes.web.guard.token_cache import TokenCache
from panoptes.web.intake.answering import Intake, past_flask
from panoptes.web.pages import filters
from panoptes.web.poll_cache import PollCache
from panoptes.web.proxy import behind_proxy
from panoptes.web.route import Route
from panoptes.web.services import Services, provide, services_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A rule with 10,000 inputs is a body of 600 KB; the server itself takes more, so that whoever
# passes this limit reads the answer and isn't cut off.
MAX_BODY = 10 * 2**20


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app, its database made or upgraded.

    Settings come from the environment where none are given. Raises config.BadSetting and
    connections.UnusableDatabase, whose messages say what to do.
    """
    settings = settings or load()
    url = connections.database_url(settings.db_url)
    key_path = key_file(settings, url)
    refuse_lost_database(key_path, url)
    upgrade(url)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Fields keep the order of the docs.
    app.url_rule_class = Route
    app.url_map.converters["int"] = DatabaseInteger
    app.url_map.converters["run"] = RunNumber
    app.url_map.converters["key"] = JobKey
    app.url_map.merge_slashes = False
    connections.init_app(app, url)
    key = read_key(key_path)
    provide(app, _services(app, settings, key))
    errors.init_app(app)
    filters.init_app(app)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(wes.blueprint)
    guard.init_app(app, key)
    app.wsgi_app = _wrapped(app, settings)  # type: ignore[method-assign]
    return app


def _services(app: Flask, settings: Settings, key: bytes) -> Services:
    engine = connections.sql_engine_of(app)
    tokens = TokenCache(engine)
    hosts = Hosts(settings.ip, settings.allowed_host)
    counters = EventCounters()
    notifications = notifier(settings, key)
    return Services(
        settings=settings,
        key=key,
        counters=counters,
        notifier=notifications,
        intake=Intake(
            hosts,
            tokens,
            connections.writer_of(app),
            counters,
            notifications.subscriptions,
            intake.ENGINES,
            intake.BATCH_READERS,
        ),
        hosts=hosts,
        tokens=tokens,
        throttle=Throttle(),
        polls=PollCache(engine, tokens, app.wsgi_app),
    )


def _wrapped(app: Flask, settings: Settings) -> Any:
    """Return what answers a request: events and polls go past Flask, all else to it."""
    services = services_of(app)
    # Without this layer, events reach the same function by their route.
    events = past_flask(services.intake, intake.DOORS, MAX_BODY, behind=services.polls)
    answering = behind_proxy(readable_address(events), settings)
    return access_log.logged(answering) if settings.verbose else answering


def housekeeper(app: Flask) -> Housekeeper:
    """Return who works in the background of a server of this app."""
    services = services_of(app)
    return Housekeeper(app, services.settings, services.notifier)


class DatabaseInteger(IntegerConverter):
    """A number in an address, of as many digits as every database column holds."""

    regex = r"\d{1,18}"


class RunNumber(IntegerConverter):
    """The number of a run in an address, of so few digits that an Integer column holds it."""

    regex = r"\d{1,9}"


class JobKey(PathConverter):
    """A job's id in an address: any text, also such as begins with a slash or holds several."""

    regex = r"[\s\S]+?"
    part_isolating = False


def readable_address(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Serve addresses in the forms that Flask doesn't take.

    `//create_workflow`, which an address typed with a slash at its end gives: a redirect, Flask's
    own answer, would turn the client's POST into a GET. A query with bytes that are no UTF-8: an
    exception, to Flask.
    """

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ["PATH_INFO"] = "/" + environ.get("PATH_INFO", "").lstrip("/")
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=string.printable)
        return wsgi_app(environ, start_response)

    return serve
