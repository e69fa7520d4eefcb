"""The JSON API."""

from panoptes.web.api.blueprint import blueprint

# Importing them registers their routes.
from panoptes.web.api import docs, jobs, metrics, service_info, stats, workflows  # isort: skip

__all__ = ["blueprint", "docs", "jobs", "metrics", "service_info", "stats", "workflows"]
