"""The HTML pages: server-rendered, readable without JavaScript."""

from panoptes.pages.blueprint import blueprint

# Importing them registers their routes.
from panoptes.pages import (  # isort: skip
    actions,
    badges,
    bulk,
    downloads,
    feeds,
    graph_page,
    login,
    report_page,
    samples_page,
    timeline_page,
    views,
)

__all__ = [
    "actions",
    "badges",
    "blueprint",
    "bulk",
    "downloads",
    "feeds",
    "graph_page",
    "login",
    "report_page",
    "samples_page",
    "timeline_page",
    "views",
]
