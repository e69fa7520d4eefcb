"""The JSON API, and the two routes that a workflow engine calls."""

from flask import Blueprint

blueprint = Blueprint("api", __name__)

from panoptes.api import (  # noqa: E402  # They need the blueprint.
    docs,
    fresh,
    jobs,
    metrics,
    monitor,
    stats,
    workflows,
)

__all__ = ["blueprint", "docs", "fresh", "jobs", "metrics", "monitor", "stats", "workflows"]
