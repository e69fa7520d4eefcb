"""The page that describes the API, as plain data: made of the description, which says it all."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from panoptes.web.document import DOCUMENT, Part, operations, resolved

JSON = "application/json"
FAR = 2**31 - 1
_FORMATS = {"date-time": "time", "uri": "address"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of an answer; `shape` names what its value is made of, if told.

    `kinds` are words for its values, of which one fits. `place` is where a parameter stands: path
    or query.
    """

    name: str
    kinds: list[str]
    shape: str
    meaning: str
    place: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes with a status code; `example` is JSON, empty where there is none to show."""

    code: str
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of an address.

    `role` is the least one that may ask, empty where everybody may. `body` is JSON to send, `call`
    the path to ask. `errors` are its own, `others` the codes that many operations answer with.
    """

    name: str
    method: str
    path: str
    title: str
    meaning: str
    role: str
    parameters: list[Field]
    call: str
    body: str
    answers: list[Answer]
    errors: list[Answer]
    others: list[str]

    def command(self, server: str) -> str:
        """Return the command that asks a server for it; `server` is its address."""
        words = ["curl", *([f"-X {self.method}"] if self.method != "GET" else [])]
        if self.body:
            words.append(f"-H 'Content-Type: {JSON}' -d '{self.body}'")
        return " ".join([*words, server + self.call])


@dataclass(frozen=True, slots=True)
class Section:
    """Operations that belong together."""

    name: str
    meaning: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Shape:
    """What answers are made of."""

    name: str
    meaning: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class DocsPage:
    """The page; `errors` are those that many operations answer with, all of them like `error`."""

    meaning: str
    token: str
    sections: list[Section]
    error: Answer
    errors: list[Answer]
    shapes: list[Shape]


@cache
def docs_page() -> DocsPage:
    """Return the page."""
    by_tag: dict[str, list[Operation]] = {}
    for method, path, told in operations():
        by_tag.setdefault(told["tags"][0], []).append(_operation(method, path, told))
    return DocsPage(
        meaning=DOCUMENT["info"]["description"],
        token=DOCUMENT["components"]["securitySchemes"]["token"]["description"],
        sections=[
            Section(tag["name"], tag["description"], by_tag[tag["name"]])
            for tag in DOCUMENT["tags"]
        ],
        error=_answer("", DOCUMENT["components"]["responses"]["Error"]),
        errors=_shared_errors(),
        shapes=list(_shapes()),
    )


def _operation(method: str, path: str, told: Part) -> Operation:
    answers = {code: each for code, each in told["responses"].items() if code < "300"}
    errors = {code: each for code, each in told["responses"].items() if code not in answers}
    return Operation(
        name=told["operationId"],
        method=method,
        path=path,
        title=told["summary"][0].upper() + told["summary"][1:],
        meaning=told.get("description", ""),
        role=told["security"][0]["token"][0] if told["security"] else "",
        parameters=[_parameter(each) for each in told["parameters"]],
        call=path.format_map(
            {each["name"]: each.get("example", "") for each in told["parameters"]}
        ),
        body=_body(told),
        answers=[_answer(code, each) for code, each in answers.items()],
        errors=[_error(code, each) for code, each in errors.items() if not _is_shared(each)],
        others=[code for code, each in errors.items() if _is_shared(each)],
    )


def _is_shared(response: Part) -> bool:
    """Return whether a response says nothing of its operation: all is where it refers to."""
    return set(response) == {"$ref"}


def _shared_errors() -> list[Answer]:
    found = {}
    for _, _, told in operations():
        shared = [each for each in told["responses"].items() if _is_shared(each[1])]
        found.update({code: _answer(code, each) for code, each in shared if code >= "300"})
    return [found[code] for code in sorted(found)]


def _body(told: Part) -> str:
    sent = told.get("requestBody", {}).get("content", {}).get(JSON)
    return json.dumps(sent["example"]) if sent else ""


def _answer(code: str, response: Part) -> Answer:
    told = resolved(response)
    content = told.get("content", {}).get(JSON)
    example = content and content.get("example", example_of(content["schema"]))
    shown = json.dumps(example, indent=2, ensure_ascii=False) if example else ""
    return Answer(code, told["description"], shown)


def _error(code: str, response: Part) -> Answer:
    """Return an operation's own error; what it is like is told once, where it isn't its own."""
    found = _answer(code, response)
    return replace(found, example="") if "$ref" in response else found


def example_of(schema: Part) -> Any:
    """Return a value of a schema: its own example, or what those of its parts make."""
    schema = resolved(schema)
    if "examples" in schema:
        return schema["examples"][0]
    if "items" in schema:
        return [example_of(schema["items"])]
    return {name: example_of(each) for name, each in schema.get("properties", {}).items()}


# --- fields ---------------------------------------------------------------------------------------


def _shapes() -> Iterator[Shape]:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if "properties" in schema:
            fields = [_field(*each) for each in schema["properties"].items()]
            yield Shape(name, schema.get("description", ""), fields)


def _field(name: str, schema: Part) -> Field:
    told, shape = resolved(schema), _shape(schema)
    kinds = [kind.replace("object", shape) if shape else kind for kind in _kinds(told)]
    return Field(name, kinds, shape, told.get("description", ""))


def _parameter(told: Part) -> Field:
    schema, example = told["schema"], str(told.get("example", ""))
    return Field(
        told["name"], _kinds(schema), "", told["description"], place=told["in"], example=example
    )


def _kinds(schema: Part) -> list[str]:
    """Return in words which values a schema lets through."""
    if "enum" in schema or "const" in schema:
        return list(schema.get("enum", [schema.get("const")]))
    if "type" not in schema:
        return ["anything"]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "items" in schema:
        return [f"{types[0]} of {_kinds(resolved(schema['items']))[0]}"]
    shown = _FORMATS.get(schema.get("format", ""))
    return [shown if shown and each == "string" else each + _bounds(schema) for each in types]


def _bounds(schema: Part) -> str:
    """Return in words how large a value may be, unless hardly anyone comes near."""
    if "maxLength" in schema:
        return f" of at most {schema['maxLength']} characters"
    if schema.get("maximum", FAR) < FAR:
        return f" from {schema['minimum']:,} to {schema['maximum']:,}"
    return ""


def _shape(schema: Part) -> str:
    """Return the name of what a value, or each of its items, is made of."""
    part = schema.get("items", schema)
    return part.get("$ref", "").rpartition("/")[2] if "properties" in resolved(part) else ""
