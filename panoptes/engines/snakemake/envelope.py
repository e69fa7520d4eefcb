"""The envelope of an update: whose it is, and its content."""

from dataclasses import dataclass
from typing import Any

from panoptes.engines.body import fields
from panoptes.engines.problems import Broken

MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Envelope:
    """One update: `workflow_id` as our server gave it, `msg` as text (or the object itself)."""

    workflow_id: int
    msg: Any


def read_envelope(content_type: str, body: bytes) -> Envelope:
    """Return the envelope of `POST /update_workflow_status`. Raises Broken."""
    got = fields(content_type, body)
    for name in ("id", "msg"):
        if got.get(name) in (None, ""):
            raise Broken(name, "Missing data for required field.")
    return Envelope(workflow_id=_workflow_id(got["id"]), msg=got["msg"])


def _workflow_id(value: object) -> int:
    """Forms carry the id as text, Snakemake 7.32 as the JSON value that the server gave."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise Broken("id", "Not a valid workflow id.")
    return value
