"""The blueprint that the pages hang on."""

from flask import Blueprint

blueprint = Blueprint("pages", __name__)

WORKFLOW_URL = "/workflow/<int:workflow_id>"
