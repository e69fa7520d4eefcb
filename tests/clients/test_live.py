"""An open page follows a real Snakemake while it runs."""

import re
import threading
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.clients.conftest import Snakemake
from tests.clients.test_runs import SIZE

PATIENCE = 60_000


def test_a_browser_follows_a_run_from_the_list_to_its_end(
    snakemake: Snakemake, browser: Browser, tmp_path: Path
) -> None:
    name = f"{snakemake.client.name} in a browser"
    run = threading.Thread(target=snakemake.run, kwargs={"name": name, "folder": tmp_path})
    complaints: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{snakemake.server.url}/workflows/")
    run.start()
    page.get_by_role("link", name=name, exact=True).click(timeout=PATIENCE)
    expect(page.locator("#head")).to_contain_text(f"{SIZE} of {SIZE} done", timeout=PATIENCE)
    expect(page).to_have_title(re.compile(r"^✓"), timeout=PATIENCE)
    expect(page.locator("#rules")).to_contain_text("split_by_chromosome")
    expect(page.locator("#jobs")).to_contain_text("sample=beta")
    run.join()
    page.close()
    assert complaints == []
