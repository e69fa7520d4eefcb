"""Queries that are built once."""

from flask import Flask
from sqlalchemy import Select, literal, select

from panoptes.queries.asking import ask, built_once


def test_a_query_is_built_once_for_the_same_arguments(app: Flask) -> None:
    built = []

    @built_once
    def query(number: int) -> Select[tuple[int]]:
        built.append(number)
        return select(literal(number))

    with app.app_context():
        assert [ask(query(number)).scalar_one() for number in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert built == [1, 2]
