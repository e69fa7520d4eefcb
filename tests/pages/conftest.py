"""What the tests of pages share."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.pages.document import Document

Open = Callable[[str], Document]


@pytest.fixture
def read(client: FlaskClient) -> Open:
    """Open a page that has to be there."""

    def read(address: str) -> Document:
        page = Document(client.get(address))
        assert page.status == 200, page.text
        return page

    return read
