"""Asks for what WES has, and holds each answer against the standard's shapes."""

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator

from panoptes.web.ga4gh import WES

SHAPES = json.loads((Path(__file__).parent / "schemas.json").read_text())


def get(client: FlaskClient, path: str, shape: str, **headers: str) -> dict[str, Any]:
    """Return the JSON at an address below that of WES, which is of a shape of the standard's."""
    answer = client.get(f"{WES}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return of_shape(shape, answer.get_json())


def of_shape(shape: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a value, after a look at its shape."""
    validator = Draft202012Validator(
        {"$ref": f"#/$defs/{shape}", "$defs": SHAPES["$defs"]}, validate_formats=True
    )
    validator.validate(value)
    return value


def listed(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    """Return the first page of the list of runs."""
    found: list[dict[str, Any]] = get(client, f"/runs{query}", "RunListResponse")["runs"]
    return found


def run_ids(client: FlaskClient) -> dict[str, str]:
    """Return the ids of the first page of runs, by the names of their workflows."""
    return {run["tags"]["name"]: run["run_id"] for run in listed(client)}


def pages(client: FlaskClient, path: str, name: str, shape: str, size: int) -> list[Any]:
    """Return what a list has, page by page, followed from its first to its last."""
    found, token = [], ""
    while True:
        query = f"?page_size={size}" + (f"&page_token={token}" if token else "")
        page = get(client, path + query, shape)
        assert len(page[name]) <= size
        found.append(page[name])
        token = page["next_page_token"]
        if not token:
            return found
