"""The description of the API (OpenAPI), which `--help` and the pages read, too."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Part = Mapping[str, Any]

# Written by hand: what there is to say about an endpoint stands only there.
DOCUMENT: Part = json.loads((Path(__file__).parent / "openapi.json").read_bytes())


class Endpoint(NamedTuple):
    """An address of the API, with the name of its view; a test compares them with the routes."""

    method: str
    path: str
    meaning: str
    name: str


def operations() -> Iterator[tuple[str, str, Part]]:
    """Yield the method, path and description of every operation.

    Parameters of a path are among those of its operations.
    """
    for path, item in DOCUMENT["paths"].items():
        shared = item.get("parameters", [])
        for method, operation in item.items():
            if method != "parameters":
                parameters = [*shared, *operation.get("parameters", [])]
                resolved_ones = [resolved(parameter) for parameter in parameters]
                yield method.upper(), path, {**operation, "parameters": resolved_ones}


def resolved(part: Part) -> Part:
    """Return a part of the description or, where it is a reference, what that leads to.

    What stands beside the reference goes before it.
    """
    if "$ref" not in part:
        return part
    target = DOCUMENT
    for name in part["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return {**target, **{name: value for name, value in part.items() if name != "$ref"}}


def _endpoint(method: str, path: str, operation: Part) -> Endpoint:
    queries = " ".join(
        f"?{parameter['name']}="
        for parameter in operation["parameters"]
        if parameter["in"] == "query"
    )
    meaning = operation["summary"] + (f"; {queries}" if queries else "")
    shown = path.replace("{", "<").replace("}", ">")
    return Endpoint(method, shown, meaning, operation["operationId"])


ENDPOINTS = tuple(_endpoint(*operation) for operation in operations())
