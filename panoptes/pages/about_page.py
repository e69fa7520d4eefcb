"""The table of what programs can ask, read from the routes themselves."""

from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

_OWN_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something that programs can ask: how, where and for what."""

    methods: str
    path: str
    meaning: str


def endpoints(app: Flask) -> list[Endpoint]:
    """Return everything under /api."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/"))
    return [_endpoint(app, rule) for rule in sorted(rules, key=lambda rule: rule.rule)]


def _endpoint(app: Flask, rule: Rule) -> Endpoint:
    methods = [method for method in _OWN_METHODS if method in (rule.methods or ())]
    document = app.view_functions[rule.endpoint].__doc__ or ""
    path = "".join(f"<{text}>" if is_argument else text for is_argument, text in _pieces(rule))
    return Endpoint(" ".join(methods), path, next(iter(document.splitlines()), ""))


def _pieces(rule: Rule) -> list[tuple[bool, str]]:
    """Return the pieces of a rule's path, of arguments only their names."""
    pieces: list[tuple[bool, str]] = []
    for piece in rule.rule.replace("<", ">").split(">"):
        is_argument = len(pieces) % 2 == 1
        pieces.append((is_argument, piece.rpartition(":")[2] if is_argument else piece))
    return pieces
