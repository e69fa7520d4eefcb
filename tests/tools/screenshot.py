"""Makes the picture in the README: `python -m tests.tools.screenshot`."""

import sqlite3
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import MISSING, find_chromium, running_chromium
from tests.running import ROOT, running_server
from tests.tools.demo import SECONDS, Reporter, cohort

PICTURE = ROOT / "docs" / "workflow.png"
SIZE = {"width": 1280, "height": 1180}


def main() -> None:
    """Start a server, let it watch a made-up workflow and take the picture."""
    path = find_chromium()
    if path is None:
        sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        run = cohort(server.url)
        spread(Path(folder) / "panoptes.db", run)
        with running_chromium(path) as browser:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(f"{server.url}/workflow/{run.id}")
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")


def spread(database: Path, run: Reporter) -> None:
    """Give jobs that were reported in a second the times of an afternoon."""
    connection = sqlite3.connect(database)
    with connection:
        for rule, seconds in SECONDS.items():
            connection.execute(JOBS, {"rule": rule, "seconds": seconds, "workflow": run.id})
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
RUN = """
UPDATE runs SET started_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', '-7860 seconds')
WHERE workflow_id = :workflow
"""


if __name__ == "__main__":
    main()
