"""The blueprint that the pages hang on."""

from flask import Blueprint

blueprint = Blueprint("pages", __name__)

# Above this SQLite can't take an id, so that no workflow has it.
WORKFLOW_URL = f"/workflow/<int(max={2**63 - 1}):workflow_id>"
