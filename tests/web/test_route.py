"""How the address of a route is written is worked out when it is asked for."""

import pytest
from werkzeug.routing import Map, Rule

from panoptes.web.route import Route


def test_only_what_is_asked_for_is_compiled_and_that_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    original = Rule._compile_builder

    def compile_builder(rule: Rule, append_unknown: bool = True) -> object:
        compiled.append(rule.endpoint)
        return original(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", compile_builder)
    routes = Map([Route("/runs/<int:number>", endpoint="run"), Route("/about", endpoint="about")])
    addresses = routes.bind("example.com")
    assert compiled == []
    assert addresses.build("run", {"number": 3}) == "/runs/3"
    assert addresses.build("run", {"number": 4, "sort": "name"}) == "/runs/4?sort=name"
    assert compiled == ["run"]
