"""What programs can ask of the server: its description, which `--help` and the pages read, too."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Part = Mapping[str, Any]

# Written by hand: what is to be told of an endpoint stands there alone.
DOCUMENT: Part = json.loads((Path(__file__).parent / "openapi.json").read_bytes())
METHODS = ("get", "put", "post", "delete")


class Endpoint(NamedTuple):
    """An address of the API, with the name of its view; a test compares them with the routes."""

    method: str
    path: str
    meaning: str
    name: str


def operations() -> Iterator[tuple[str, str, Part]]:
    """Yield all of the description's operations: method, path and what is told of it.

    Parameters of a path are among those of its operations.
    """
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
                told = {**item[method], "parameters": [resolved(each) for each in parameters]}
                yield method.upper(), path, told


def resolved(part: Part) -> Part:
    """Return a part of the description or, where it is a reference, what that leads to.

    What stands beside the reference goes before it.
    """
    if "$ref" not in part:
        return part
    found = DOCUMENT
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return {**found, **{name: value for name, value in part.items() if name != "$ref"}}


def _endpoints() -> Iterator[Endpoint]:
    for method, path, told in operations():
        queries = [f"?{each['name']}=" for each in told["parameters"] if each["in"] == "query"]
        meaning = "; ".join([told["summary"], *([" ".join(queries)] if queries else [])])
        shown = path.replace("{", "<").replace("}", ">")
        yield Endpoint(method, shown, meaning, told["operationId"])


ENDPOINTS = tuple(_endpoints())
