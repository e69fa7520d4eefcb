"""The end of a job's log as a browser shows it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.browser.conftest import NewPage


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


def test_an_open_log_stays_where_the_reader_scrolled_to_and_leads_to_its_errors(
    new_page: NewPage, tmp_path: Path
) -> None:
    log = tmp_path / "K01.log"
    log.write_text("".join(f"line {number}\n" for number in range(500)))
    with running_server(tmp_path, "--log-root", str(tmp_path)) as server:
        run = Reporter(server.url, "logged", workdir=str(tmp_path))
        run.say("job_info", jobid=1, name="align", log=["K01.log"], wildcards={})
        page = new_page(viewport={"width": 390, "height": 800})
        page.goto(f"{server.url}/workflow/{run.id}/job/1")
        frame, end = page.locator("#log-end"), page.locator("#log-tools [name=end]")
        expect(end).to_have_text("↓ End")
        found = page.locator("#log-tools output")
        for _ in range(3):  # What isn't there yet is found once it is.
            page.click("#log-tools [name=error]")
            expect(found).to_have_text("not found")
        frame.evaluate("box => { box.scrollTop = -400; }")
        top = frame.evaluate("box => box.scrollHeight + box.scrollTop")
        with log.open("a") as file:
            file.write("ValueError: no\n" + "more\n" * 9 + "10 %\r20 %")
        expect(end).to_have_text("↓ 10 new lines", timeout=6000)
        assert frame.evaluate("box => box.scrollHeight + box.scrollTop") == top
        end.click()
        expect(end).to_have_text("↓ End")
        with log.open("a") as file:
            file.write("\rOSError: full\n")
        expect(frame).to_contain_text("more\nOSError: full", timeout=6000)
        assert frame.evaluate("box => box.scrollTop") == 0
        for place in ("1 of 2", "2 of 2", "1 of 2"):
            page.click("#log-tools [name=error]")
            expect(found).to_have_text(place)
        page.fill("#log-tools [name=wanted]", "line 250")
        page.keyboard.press("Enter")
        expect(found).to_have_text("1 of 1")
        assert frame.evaluate("box => box.scrollTop") < -1000
        page.close()


@pytest.mark.parametrize("width", [390, 1400])
def test_the_boxes_of_errors_and_of_the_log_of_a_run_begin_at_their_end(
    new_page: NewPage, server: Server, width: int
) -> None:
    run = Reporter(server.url, "long-winded")
    lines = "\n".join(f"line {number}" for number in range(100))
    for number in range(40):
        run.say("info", msg=f"message {number}\nof two lines")
    run.job(1, "align", "K01")
    run.say("error", msg=f"WorkflowError:\n{lines}\nthe reason")
    run.say("job_error", jobid=1, name="align")
    page = new_page(viewport={"width": width, "height": 800})
    for address, frame in (
        (f"/workflow/{run.id}", "#failures .error-text"),
        (f"/workflow/{run.id}", "#log .log"),
        (f"/workflow/{run.id}/job/1", "#error .error-text"),
    ):
        page.goto(address)
        assert page.locator(frame).evaluate(SHOWS_END), frame


SHOWS_END = """box => {
  const inner = box.firstElementChild.getBoundingClientRect();
  return box.scrollHeight > box.clientHeight
    && inner.bottom <= box.getBoundingClientRect().bottom;
}"""
