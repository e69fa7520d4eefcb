"""Makes the README's pictures: `python -m devtools.screenshot`.

`python -m devtools.screenshot FOLDER` makes one of every page there, wide and narrow, in the
light and in the dark theme.
"""

import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from devtools import year
from devtools.chromium import MISSING, find_chromium, running_chromium
from devtools.demo import Reporter, cohort
from devtools.running import ROOT, Server, running_server
from panoptes.app import create_app
from panoptes.cli.made_up.reporter import SECONDS
from panoptes.common import clock
from panoptes.config.settings import load

DOCS = ROOT / "docs"
# Name of the picture, address and height.
README = [
    ("workflow", "/workflow/1", 1180),
    ("timeline", "/workflow/1/timeline", 1180),
    ("graph", "/workflow/1/graph", 760),
]
PAGES = {
    "overview": "/",
    "wall": "/wall",
    "workflows": "/workflows/",
    "workflow": "/workflow/1",
    "timeline": "/workflow/1/timeline",
    "graph": "/workflow/1/graph",
    "samples": "/workflow/1/samples",
    "resources": "/workflow/1/resources",
    "history": "/workflow/2/history",
    "compare": "/workflow/2/compare",
    "notes": "/workflow/2/notes?run=363",
    "labels": "/workflow/2?run=363",
    "job": "/workflow/1/job/32",
    "search": "/search?q=K07",
    "rename": "/workflow/1/rename",
    "cancel": "/workflow/1/cancel",
    "delete": "/workflow/1/delete",
    "delete-all": "/workflows/delete-all",
    "about": "/about",
    "docs": "/api/docs",
    "nothing": "/nothing",
}
WIDTHS = (1400, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    """Start a server, let it watch a made-up workflow and take the pictures."""
    path = find_chromium()
    if path is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        spread(Path(folder) / "panoptes.db", cohort(server.url))
        with running_chromium(path) as browser:
            if sys.argv[1:]:
                app = create_app(load({"db_url": f"sqlite:///{folder}/panoptes.db"}, environ={}))
                year.fill(app, clock.utcnow())
                every_page(browser, server, Path(sys.argv[1]))
            else:
                pictures_of_readme(browser, server)


def pictures_of_readme(browser: Browser, server: Server) -> None:
    """Take the pictures that the README shows."""
    DOCS.mkdir(exist_ok=True)
    for name, address, height in README:
        page = browser.new_page(viewport={"width": 1280, "height": height}, color_scheme="light")
        page.goto(server.url + address)
        page.screenshot(path=DOCS / f"{name}.png")
        page.close()


def every_page(browser: Browser, server: Server, folder: Path) -> None:
    """Take each page whole, in all widths and themes."""
    folder.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for theme in THEMES:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
            for name, address in PAGES.items():
                page.goto(server.url + address)
                page.screenshot(path=folder / f"{name}-{width}-{theme}.png", full_page=True)
            page.close()


def spread(database: Path, run: Reporter) -> None:
    """Give jobs that were reported in a second the times of an afternoon."""
    connection = sqlite3.connect(database)
    with connection:
        for rule, seconds in SECONDS.items():
            connection.execute(JOBS, {"rule": rule, "seconds": seconds, "workflow": run.id})
        connection.execute(RULES)
        connection.execute(RUN, {"workflow": run.id})
    connection.close()


# Jobs start one after the other; how long each takes varies with its id.
JOBS = """
UPDATE jobs SET
    started_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', (id * 18 - 7860) || ' seconds'),
    ended_at = CASE WHEN ended_at IS NULL THEN NULL ELSE strftime('%Y-%m-%d %H:%M:%f000', 'now',
        (id * 18 - 7860 + :seconds * (70 + id * 37 % 60) / 100) || ' seconds') END,
    seconds = CASE WHEN seconds IS NULL THEN NULL
        ELSE :seconds * (70 + id * 37 % 60) / 100 END
WHERE rule = :rule AND run_id IN (SELECT id FROM runs WHERE workflow_id = :workflow)
"""
# What is kept of them per rule.
RULES = """
UPDATE rules SET (seconds, longest, recent, first_start, last_end) = (
    SELECT coalesce(sum(seconds), 0),
        max(CASE WHEN status = 'Done' THEN seconds END),
        coalesce(group_concat(CASE WHEN status = 'Done' THEN seconds || ' ' END, ''), ''),
        min(started_at), max(ended_at)
    FROM jobs WHERE jobs.run_id = rules.run_id AND jobs.rule = rules.name
)
"""
RUN = """
UPDATE runs SET started_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', '-7860 seconds')
WHERE workflow_id = :workflow
"""


if __name__ == "__main__":
    main()
