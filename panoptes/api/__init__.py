"""The JSON API, and the two routes that a workflow engine calls."""

from flask import Blueprint

blueprint = Blueprint("api", __name__)

from panoptes.api import docs, fresh, jobs, monitor, workflows  # noqa: E402  # They need the blueprint.

__all__ = ["blueprint", "docs", "fresh", "jobs", "monitor", "workflows"]
