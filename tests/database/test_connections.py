"""How databases are named and reached."""

import pytest
from sqlalchemy import make_url

from panoptes.database.connections import shown_name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////data/p.db", "/data/p.db"),
        ("postgresql+psycopg://me:secret@host/history", "postgresql+psycopg://me@host/history"),
        (
            "postgresql+psycopg://host/history?password=secret&user=me",
            "postgresql+psycopg://host/history?password=…&user=me",
        ),
    ],
)
def test_a_database_is_named_without_its_password(url: str, shown: str) -> None:
    assert shown_name(make_url(url)) == shown
