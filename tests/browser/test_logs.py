"""The end of a job's log as a browser shows it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from devtools.demo import Reporter
from devtools.running import running_server


@pytest.mark.parametrize("with_scripts", [True, False])
def test_a_log_begins_at_its_end_and_follows_it(
    browser: Browser, tmp_path: Path, with_scripts: bool
) -> None:
    log = tmp_path / "logs" / "align" / "K01.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(20_000)))
    with running_server(tmp_path, "--log-root", str(tmp_path)) as server:
        run = Reporter(server.url, "logged", workdir=str(tmp_path))
        run.job(1, "align", "K01")
        context = browser.new_context(java_script_enabled=with_scripts)
        page = context.new_page()
        page.goto(f"{server.url}/workflow/{run.id}/job/1")
        frame = page.locator(".log-end")
        expect(frame).to_contain_text("line 19999")
        frame.scroll_into_view_if_needed()
        if with_scripts:
            assert frame.evaluate("f => f.scrollHeight > f.clientHeight && f.scrollTop === 0")
            with log.open("a") as file:
                file.write("more lines\n" * 50)
            expect(frame).to_contain_text("more lines", timeout=6000)
            assert frame.evaluate("f => f.scrollTop") == 0
        context.close()
