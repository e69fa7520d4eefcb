"""The HTML pages: server-rendered, readable without JavaScript."""

from panoptes.pages.blueprint import blueprint

# Importing them registers their routes.
from panoptes.pages import actions, graph_page, timeline_page, views  # isort: skip

__all__ = ["actions", "blueprint", "graph_page", "timeline_page", "views"]
