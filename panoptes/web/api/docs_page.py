"""What the page about the API shows: the description, with some words and examples added."""

import json
from functools import cache
from html import escape
from typing import Any, NamedTuple

from markupsafe import Markup

from panoptes.web.document import DOCUMENT, Part, operations, resolved

JSON = "application/json"
# A limit that hardly anyone comes near isn't worth a word.
FAR = 2**31 - 1
_FORMATS = {"date-time": "time", "uri": "address"}


class Answer(NamedTuple):
    """What comes with a status code; `example` is JSON, empty where there is none to show.

    `same_as` is the operation that shows it already.
    """

    code: str
    meaning: str
    example: str
    same_as: str = ""


class DocsPage(NamedTuple):
    """The page: operations by their tag, the errors of many of them, and the schemas' fields.

    `in_paths` are the parts of paths that are parameters, each once.
    """

    operations: dict[str, list[Part]]
    in_paths: list[Part]
    error: Answer
    errors: list[Answer]
    shapes: dict[str, list[Part]]


@cache
def docs_page() -> DocsPage:
    """Return the page."""
    by_tag: dict[str, list[Part]] = {tag["name"]: [] for tag in DOCUMENT["tags"]}
    shared: dict[str, Part] = {}
    shown: dict[str, str] = {}
    in_paths: dict[str, Part] = {}
    for method, path, described in operations():
        by_tag[described["tags"][0]].append(_operation(method, path, described, shown))
        parameters = map(_parameter, described["parameters"])
        in_paths.update((part["name"], part) for part in parameters if part["in"] == "path")
        responses = described["responses"].items()
        shared.update(
            (code, response) for code, response in responses if _is_shared(code, response)
        )
    components = DOCUMENT["components"]
    return DocsPage(
        operations=by_tag,
        in_paths=list(in_paths.values()),
        error=_answer("", components["responses"]["Error"]),
        errors=[_answer(code, response) for code, response in sorted(shared.items())],
        shapes={
            name: [_field(*field) for field in schema["properties"].items()]
            for name, schema in components["schemas"].items()
            if "properties" in schema
        },
    )


def _operation(method: str, path: str, described: Part, shown: dict[str, str]) -> Part:
    """Return the description of an operation, with more about it.

    `role` is the least one that may ask, empty where everybody may. `curl` before a server's
    address and `call` behind it make the command that asks. `answers` are its own, `others` the
    codes that many operations answer with. What is `shown` already refers to that operation.
    """
    parameters = described["parameters"]
    curl = "curl " if method == "GET" else f"curl -X {method} "
    body = described.get("requestBody", {}).get("content", {}).get(JSON)
    if body:
        curl += f"-H 'Content-Type: {JSON}' -d '{json.dumps(body['example'])}' "
    responses = described["responses"].items()
    return {
        **described,
        "method": method,
        "path": path,
        "title": described["summary"][0].upper() + described["summary"][1:],
        "role": described["security"][0]["token"][0] if described["security"] else "",
        "parameters": [_parameter(part) for part in parameters if part["in"] != "path"],
        "curl": curl,
        "call": path.format_map({part["name"]: part.get("example", "") for part in parameters}),
        "answers": [
            _once(_answer(*response), described["operationId"], shown)
            for response in responses
            if not _is_shared(*response)
        ],
        "others": [code for code, response in responses if _is_shared(code, response)],
    }


def _parameter(part: Part) -> Part:
    """Return the description of a parameter, with the kinds of its values."""
    return {**part, "kinds": _kinds(part["schema"])}


def _once(answer: Answer, operation: str, shown: dict[str, str]) -> Answer:
    """Return an answer of an operation without its example if another one has `shown` it."""
    if not answer.example:
        return answer
    first = shown.setdefault(answer.example, operation)
    return answer if first == operation else answer._replace(example="", same_as=first)


def _is_error(code: str) -> bool:
    return code >= "300"


def _is_shared(code: str, response: Part) -> bool:
    """Return whether an error says nothing of its operation: all is where it refers to."""
    return _is_error(code) and set(response) == {"$ref"}


def _answer(code: str, response: Part) -> Answer:
    described = resolved(response)
    content = described.get("content", {}).get(JSON)
    # What the errors that refer to one are like is shown once, with all of them.
    if content is None or (_is_error(code) and "$ref" in response):
        return Answer(code, described["description"], "")
    example = content.get("example", example_of(content["schema"]))
    shown = json.dumps(example, indent=1, ensure_ascii=False)
    # Quotes need no escape outside tags, and there are very many.
    safe = Markup(escape(shown, quote=False))  # noqa: S704  # nosec B704
    return Answer(code, described["description"], safe)


def example_of(schema: Part) -> Any:
    """Return a value of a schema: its own example, or what those of its parts make."""
    schema = resolved(schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "items" in schema:
        return [example_of(schema["items"])]
    return {name: example_of(part) for name, part in schema.get("properties", {}).items()}


def _field(name: str, schema: Part) -> Part:
    """Return the description of a field.

    `shape` is the schema that its value, or each of its items, is made of; empty for plain values.
    """
    described, part = resolved(schema), schema.get("items", schema)
    shape = part.get("$ref", "").rpartition("/")[2] if "properties" in resolved(part) else ""
    kinds = [kind.replace("object", shape) if shape else kind for kind in _kinds(described)]
    return {"description": "", **described, "name": name, "shape": shape, "kinds": kinds}


def _kinds(schema: Part) -> list[str]:
    """Return in words which values a schema lets through."""
    if "enum" in schema or "const" in schema:
        return list(schema.get("enum", [schema.get("const")]))
    if "type" not in schema:
        return ["anything"]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "items" in schema:
        return [f"{types[0]} of {_kinds(resolved(schema['items']))[0]}"]
    bounds = ""
    if "maxLength" in schema:
        bounds = f" of at most {schema['maxLength']} characters"
    elif schema.get("maximum", FAR) < FAR:
        bounds = f" from {schema['minimum']:,} to {schema['maximum']:,}"
    shown = {"string": _FORMATS.get(schema.get("format", ""), f"string{bounds}")}
    return [shown.get(kind, kind + bounds) for kind in types]
