"""What the tests of pages share."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.pages.document import Document

Open = Callable[[str], Document]
Submit = Callable[..., TestResponse]


@pytest.fixture
def read(client: FlaskClient) -> Open:
    """Open a page that has to be there."""

    def read(address: str) -> Document:
        page = Document(client.get(address))
        assert page.status == 200, page.text
        return page

    return read


@pytest.fixture
def submit(client: FlaskClient) -> Submit:
    """Send the form of a page as a browser does: with the mark that the page hides in it.

    The form stands at its own address, unless another page is named that has one.
    """

    def submit(address: str, data: dict[str, Any] | None = None, page: str = "") -> TestResponse:
        mark = Document(client.get(page or address)).hidden["csrf_token"]
        return client.post(address, data={"csrf_token": mark, **(data or {})})

    return submit
