"""gunicorn, behind nginx as `docs/scaling.md` has it, and what it believes by itself."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import recorded
from tests.deploy import gunicorn, nginx
from tests.deploy.web import Web
from tests.web.pages.document import Document

pytestmark = pytest.mark.external

FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a server, on a machine that has gunicorn."""
    if not gunicorn.is_installed():
        pytest.skip(gunicorn.MISSING)
    return tmp_path


def address_on(page: Web, **headers: str) -> str:
    """Return the address that a page tells engines to use."""
    words = Document(page.get("/about", headers=headers)).text.split()
    return words[words.index("--wms-monitor") + 1]


def test_only_the_proxies_of_our_setting_are_believed(folder: Path) -> None:
    with gunicorn.running_gunicorn(folder) as server:
        assert address_on(Web(server.url), **FORWARDED) == server.url
    with gunicorn.running_gunicorn(folder, PANOPTES_TRUSTED_PROXY="127.0.0.1") as server:
        assert address_on(Web(server.url), **FORWARDED) == server.url.replace("http", "https", 1)
        assert address_on(Web(server.url)) == server.url


def test_half_sent_requests_stop_nobody_where_nginx_stands_in_front(folder: Path) -> None:
    """Only whole requests are passed on; gunicorn would wait for good with each thread."""
    binary = nginx.find_binary()
    if binary is None:
        pytest.skip(nginx.MISSING)
    settings = {"PANOPTES_URL_PREFIX": "/panoptes", "PANOPTES_TRUSTED_PROXY": "127.0.0.1"}
    with (
        gunicorn.running_gunicorn(folder, **settings) as server,
        nginx.running_nginx(binary, folder, urlsplit(server.url).netloc) as (site, _),
        nginx.half_sent(site, 40),
    ):
        engine = Web(f"{site.base}/panoptes", site.context)
        (workflow_id,) = recorded.replay(engine, "sm8", "ok").ids
        workflow = engine.get(f"/api/workflow/{workflow_id}").get_json()["workflow"]
        assert workflow["status"] == "Done"
        assert address_on(engine) == engine.base
