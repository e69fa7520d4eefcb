"""The system's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "These tests need Chromium: apt-get install chromium"
# Quiet: it asks nobody for updates, lists or models.
ARGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Return the path of the browser, None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def running_chromium(path: str) -> Iterator["Browser"]:
    """Start the browser and close it at the end."""
    # Loaded here: most tests are run without a browser, and without Playwright.
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox refuses to run as root, as tests in a container do.
    args = [*ARGS, "--no-sandbox"] if os.geteuid() == 0 else ARGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield browser
        finally:
            browser.close()
