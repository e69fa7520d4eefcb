"""Behind nginx, by TLS and below a path, as `deploy/nginx.conf` has it."""

import re
import sys
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

import pytest

from devtools.running import Server, running_server
from tests import recorded
from tests.deploy.nginx import MISSING, find_binary, half_sent, running_nginx
from tests.deploy.web import Answer, Web
from tests.web.pages.document import Document

pytestmark = pytest.mark.external

PREFIX = "/panoptes"
OPTIONS = ("--url-prefix", PREFIX, "--trusted-proxy", "127.0.0.1", "--verbose")
NAME = ("--allowed-host", "lab.example")


class Site(NamedTuple):
    """The same server, as it is reached by TLS, by plain HTTP and without nginx."""

    web: Web
    plain: Web
    server: Server

    @property
    def engine(self) -> Web:
        return Web(self.web.base + PREFIX, self.web.context)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server behind nginx."""
    binary = find_binary()
    if binary is None:
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("site")
    with (
        running_server(folder, *OPTIONS, *NAME) as server,
        running_nginx(binary, folder, server.url.removeprefix("http://")) as (web, plain),
    ):
        yield Site(web, plain, server)


def addresses(page: Document) -> Iterator[str]:
    """Yield all that a page leads to, loads and sends forms to, but not its own parts."""
    for name in ("href", "src", "action", "formaction"):
        for tag in ("a", "link", "script", "img", "form", "button"):
            yield from (each for each in page.attributes(tag, name) if not each.startswith("#"))


def followed(web: Web, start: str) -> Iterator[tuple[str, Answer]]:
    """Yield what pages lead to; of addresses that differ in their query's values, one."""
    known, waiting = {start}, [start]
    for path in waiting:
        answer = web.get(path)
        yield path, answer
        # A file to keep leads to the whole address of its run, which is nowhere here.
        is_file = "attachment" in answer.headers.get("Content-Disposition", "")
        if is_file or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for address in addresses(Document(answer)):
            found = urldefrag(urljoin(path, address)).url
            kind = re.sub(r"=[^&]*", "", found)
            if kind not in known:
                known.add(kind)
                waiting.append(found)


def test_every_link_form_and_file_is_below_the_prefix_and_there(site: Site) -> None:
    for scenario in ("ok", "fail"):
        recorded.replay(site.engine, "sm8", scenario)
    found = dict(followed(site.web, f"{PREFIX}/"))
    # A form that is only ever sent answers a GET with 405.
    strange = [
        (path, answer.status_code, answer.path)
        for path, answer in found.items()
        if answer.status_code not in (200, 405) or not answer.path.startswith(f"{PREFIX}/")
    ]
    assert strange == []
    kinds = {answer.headers["Content-Type"].split(";")[0] for answer in found.values()}
    assert kinds >= {"text/html", "text/css", "image/svg+xml", "application/json", "text/csv"}
    assert len(found) > 60


def test_a_form_is_taken_and_leads_back_below_the_prefix(site: Site) -> None:
    workflow_id = site.engine.get("/create_workflow").get_json()["id"]
    path = f"{PREFIX}/workflow/{workflow_id}/cancel"
    page = Document(site.web.get(path))
    hidden = {attrs["name"]: attrs["value"] for tag, attrs in page.tags if is_hidden(tag, attrs)}
    answer = site.web.submit(path, hidden)
    assert (answer.status_code, answer.path) == (200, f"{PREFIX}/workflow/{workflow_id}")
    assert "Cancelled" in Document(answer).text
    assert {cookie.path for cookie in site.web.cookies} <= {f"{PREFIX}/"}


def is_hidden(tag: str, attrs: dict[str, str | None]) -> bool:
    return tag == "input" and attrs.get("type") == "hidden"


def test_an_engine_may_end_the_address_with_a_slash(site: Site) -> None:
    engine = Web(f"{site.engine.base}/", site.web.context)
    (workflow_id,) = recorded.replay(engine, "sm7", "ok").ids
    workflow = site.engine.get(f"/api/workflow/{workflow_id}").get_json()["workflow"]
    assert workflow["status"] == "Done"


def test_an_event_of_a_megabyte_passes(site: Site) -> None:
    body = b"msg=%7B%22level%22%3A+%22debug%22%7D&id=1&x=" + b"x" * 2**20
    form = "application/x-www-form-urlencoded"
    answer = site.engine.open("/update_workflow_status", "POST", body, form)
    assert answer.status_code == 200


def test_pages_show_the_address_that_was_asked_for(site: Site) -> None:
    text = Document(site.web.get(f"{PREFIX}/about")).text
    assert f"--wms-monitor {site.engine.base} …" in text


def test_nobody_makes_the_proxy_say_something_else(site: Site) -> None:
    told = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "x"}
    text = Document(site.web.get(f"{PREFIX}/about?whoami", headers=told)).text
    assert f"--wms-monitor {site.engine.base} …" in text
    (line,) = [each for each in site.server.output.read_text().splitlines() if "whoami" in each]
    assert " 127.0.0.1 GET " in line


def test_the_site_is_known_by_its_own_name_alone(site: Site) -> None:
    path = f"{PREFIX}/api/service-info"
    assert site.web.get(path, headers={"Host": "lab.example"}).status_code == 200
    assert site.web.get(path, headers={"Host": "other.example"}).status_code == 421


def test_plain_http_leads_to_tls(site: Site) -> None:
    answer = site.plain.open(f"{PREFIX}/update_workflow_status?x=1", "POST", b"x")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://localhost{PREFIX}/update_workflow_status?x=1"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address")
def test_requests_that_never_arrive_stop_nobody_else(site: Site) -> None:
    """1,004 of an address: of those with a body, the last two are refused."""
    with half_sent(site.web, 1004, "127.0.0.2") as hanging:
        for refused in (hanging[-3], hanging[-1]):
            assert refused.recv(12) == b"HTTP/1.1 503"
        answers = recorded.replay(site.engine, "sm8", "ok").answers
    assert {answer.status_code for answer in answers} == {200}
