"""The HTML pages: server-rendered, readable without JavaScript."""

# Importing them registers their routes.
from panoptes.web.pages import (
    actions,
    badges,
    compare_page,
    downloads,
    feeds,
    graph_page,
    history_page,
    login,
    report_page,
    resources_page,
    samples_page,
    timeline_page,
    views,
    workflow_page,
)  # isort: skip
from panoptes.web.pages.blueprint import blueprint

__all__ = [
    "actions",
    "badges",
    "blueprint",
    "compare_page",
    "downloads",
    "feeds",
    "graph_page",
    "history_page",
    "login",
    "report_page",
    "resources_page",
    "samples_page",
    "timeline_page",
    "views",
    "workflow_page",
]
