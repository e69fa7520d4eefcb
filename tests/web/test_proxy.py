"""Behind a reverse proxy: which paths are ours, and whose word about the client counts."""

import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client, run_wsgi_app
from werkzeug.test import EnvironBuilder as Asked

from panoptes.config.settings import Settings
from panoptes.web.proxy import as_connected, below, lies_in, trusting
from tests.conftest import serve
from tests.engine import Engine
from tests.web.pages.document import Document

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

FORWARDED = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/elsewhere",
}
UPDATE = "update_workflow_status"


class Seen:
    """A WSGI app that keeps what it was asked last."""

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> list[bytes]:
        self.environ = environ
        start_response("200 OK", [])
        return [b""]

    def of(self, *names: str) -> tuple[Any, ...]:
        return tuple(self.environ[name] for name in names)


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/panoptes/workflow/1", "/workflow/1"),
        ("//panoptes/workflow/1", "/workflow/1"),
        ("/panoptes//workflow/1", "//workflow/1"),
        ("/panoptes/", "/"),
        ("/panoptes", ""),
        ("/panoptes/panoptes", "/panoptes"),
        ("/panoptes2/x", "/panoptes2/x"),
        ("/workflow/1", "/workflow/1"),
    ],
)
def test_the_prefix_is_taken_off_where_the_proxy_left_it(path: str, ours: str) -> None:
    seen = Seen()
    run_wsgi_app(below("/panoptes", seen), {**Asked("/").get_environ(), "PATH_INFO": path})
    assert seen.of("SCRIPT_NAME", "PATH_INFO") == ("/panoptes", ours)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3", "::1"])
def test_a_trusted_proxy_is_believed_the_clients_address_and_scheme_alone(address: str) -> None:
    seen, proxies = Seen(), [ip_network(each) for each in ("127.0.0.1", "10.0.0.0/8", "::1")]
    asked = Asked("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": address})
    run_wsgi_app(trusting(proxies, seen), asked.get_environ())
    assert seen.of("REMOTE_ADDR", "wsgi.url_scheme") == ("192.0.2.7", "https")
    assert seen.of("HTTP_HOST", "SCRIPT_NAME") == ("localhost", "")


@pytest.mark.parametrize("address", ["127.0.0.2", "192.0.2.7", "::2", "", "unix:"])
def test_nobody_else_is_believed(address: str) -> None:
    seen = Seen()
    asked = Asked("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": address})
    run_wsgi_app(trusting([ip_network("127.0.0.1")], seen), asked.get_environ())
    assert seen.of("REMOTE_ADDR", "wsgi.url_scheme") == (address, "http")
    assert not lies_in([], address)


def test_gunicorn_believes_whom_it_wants_and_we_do_not() -> None:
    seen = Seen()
    with (
        socket.socket() as plain,
        ssl.create_default_context().wrap_socket(
            socket.socket(), server_hostname="localhost"
        ) as encrypted,
    ):
        for connection, scheme in ((plain, "http"), (encrypted, "https")):
            told = {"gunicorn.socket": connection, "wsgi.url_scheme": "gopher"}
            run_wsgi_app(as_connected(seen), Asked("/").get_environ() | told)
            assert seen.of("wsgi.url_scheme") == (scheme,)


def test_of_several_proxies_the_last_ones_word_about_the_client_counts() -> None:
    seen = Seen()
    told = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    asked = Asked("/", headers=told, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    run_wsgi_app(trusting([ip_network("127.0.0.1")], seen), asked.get_environ())
    assert seen.of("REMOTE_ADDR") == ("192.0.2.7",)


@pytest.fixture
def client(database_url: str) -> Iterator[FlaskClient]:
    """A client of an app that is served below a path, by a proxy on the same machine."""
    proxy = (ip_network("127.0.0.1"),)
    settings = Settings(db_url=database_url, url_prefix="/panoptes", trusted_proxy=proxy)
    for app in serve(settings):
        yield app.test_client()


@pytest.mark.parametrize("path", ["/panoptes/{}", "/panoptes//{}", "//panoptes//{}", "//{}"])
def test_an_event_is_taken_below_the_prefix(engine: Engine, path: str) -> None:
    engine.job(1)
    form = {"msg": '{"level": "job_finished", "jobid": 1}', "timestamp": "t", "id": engine.id}
    asked = {"PATH_INFO": path.format(UPDATE)}
    assert engine.web.post("/", data=form, environ_overrides=asked).status_code == 200
    assert engine.jobs[1]["status"] == "Done"


def test_without_the_setting_the_prefix_is_no_path(database_url: str) -> None:
    for app in serve(Settings(db_url=database_url)):
        assert Client(app).get("/panoptes/about").status_code == 404


def test_pages_tell_the_address_that_the_reader_sees(client: FlaskClient) -> None:
    asked = {"Host": "192.0.2.80:8443", **FORWARDED}
    page = Document(client.get("/panoptes/about", headers=asked))
    assert "--wms-monitor https://192.0.2.80:8443/panoptes …" in page.text
    assert "/panoptes/api/openapi.json" in page.links
