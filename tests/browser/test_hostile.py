"""Pages in which every text is an attack, in a real browser: nothing of it runs."""

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from devtools.demo import Reporter
from devtools.running import Server, running_server
from tests.faults.attacks import HEADERS, PATHS, SCRIPTS, SQL, UNICODE

# Ids that a browser takes for a way up in the address are left out.
ATTACKS = [text for text in [*SCRIPTS, *SQL, *HEADERS, *UNICODE, *PATHS] if text.strip()]
# What a page never holds, whoever wrote it.
FOREIGN = """() => [...document.querySelectorAll("*")].filter((each) =>
    (each.localName === "script" && !each.src.startsWith(location.origin + "/static/")) ||
    ["iframe", "object", "embed", "base", "style", "marquee"].includes(each.localName) ||
    each.attributes.style || each.attributes["http-equiv"] ||
    [...each.attributes].some(({name, value}) => name.startsWith("on") ||
        (["href", "src", "action", "formaction", "xlink:href"].includes(name) &&
            new URL(value, location.href).origin !== location.origin))
  ).map((each) => each.outerHTML.slice(0, 300))"""


class Attacked:
    """A run whose every text is an attack, and where its pages are."""

    def __init__(self, server: Server) -> None:
        self.server = server
        for attack in ATTACKS:
            Reporter(server.url, attack.encode("utf-8", "replace").decode())
        told = {"command": SCRIPTS[0], "workdir": SCRIPTS[1], "snakefile": SCRIPTS[9]}
        self.run = Reporter(server.url, SCRIPTS[43], **told)
        self.home = f"/workflow/{self.run.id}"
        self.run.say("group_info", groupid=SCRIPTS[0])
        for number, attack in enumerate(ATTACKS):
            self._tell(number, attack)

    def _tell(self, number: int, attack: str) -> None:
        """Report a failed job and a line of the log; its output is what the next job reads."""
        texts = dict.fromkeys(["msg", "reason", "shellcmd", "benchmark", "conda_env"], attack)
        self.run.say(
            "job_info",
            jobid=number,
            name=attack,
            input=[ATTACKS[number - 1], attack],
            output=[attack],
            log=[attack],
            wildcards={attack: attack, "s": attack},
            resources={attack: attack},
            priority=attack,
            aux={"external_jobid": attack},
            indent=True,
            **texts,
        )
        if number % 2:
            self.run.say("error", msg=f"RuleException:\n{attack}")
            self.run.say("job_error", jobid=number, name=attack, msg=attack)
        self.run.say("warning", msg=attack)

    def pages(self, job_step: int) -> Iterator[str]:
        """Yield the addresses of all its pages; of the jobs' pages one in so many."""
        yield from ("/", "/about", "/workflows/delete-all", self.home)
        yield from (f"/workflows/?page={number}" for number in (1, 2, 3))
        for part in ("timeline", "graph", "samples", "rename", "cancel", "delete"):
            yield f"{self.home}/{part}"
        yield from (f"{self.home}?page={number}&log_page={number}" for number in (2, 3))
        for attack in ATTACKS[::9]:
            text = quote(attack, errors="replace")
            yield f"/search?q={text}"
            yield f"/workflows/?q={text}&status={text}"
            yield f"{self.home}?rule={text}&q={text}&wildcard=s={text}&sort={text}&log_q={text}"
            yield f"{self.home}/timeline?rule={text}"
            yield f"/workflow/{text}"
        yield from (f"{self.home}/job/{number}" for number in range(0, len(ATTACKS), job_step))


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with running_server(tmp_path_factory.mktemp("attacked")) as server:
        yield Attacked(server)


@pytest.mark.parametrize(("policy", "job_step"), [("without", 1), ("with", 5)])
def test_no_page_runs_opens_or_asks_for_anything(
    browser: Browser, attacked: Attacked, policy: str, job_step: int
) -> None:
    """Without the policy, escaping alone has to hold; with it, there is nothing to refuse."""
    server, complaints = attacked.server, []
    with closing(
        browser.new_context(base_url=server.url, bypass_csp=policy == "without")
    ) as context:
        page = context.new_page()
        watch(page, server.url, complaints)
        for address in attacked.pages(job_step):
            answer = page.goto(address)
            assert answer
            assert answer.status in (200, 404), address
            assert page.evaluate(FOREIGN) == [], address
            assert page.evaluate("window.ran") is None, address
        assert complaints == []


def watch(page: Page, url: str, complaints: list[str]) -> None:
    """Take down whatever happens on a page that mustn't."""

    def asked(request: Request) -> None:
        if not request.url.startswith((url, "data:image/")):
            complaints.append(f"asks for {request.url}")

    page.on("request", asked)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
    page.on("popup", lambda popup: complaints.append(f"opens {popup.url}"))
    page.on(
        "console",
        # The browser's own word on an address that isn't there.
        lambda message: "404" in message.text or complaints.append(message.text),
    )


def test_what_comes_while_a_page_is_open_runs_neither(browser: Browser, attacked: Attacked) -> None:
    complaints: list[str] = []
    with closing(browser.new_context(base_url=attacked.server.url, bypass_csp=True)) as context:
        page = context.new_page()
        watch(page, attacked.server.url, complaints)
        page.goto(f"{attacked.home}?q=later")
        for number, attack in enumerate(SCRIPTS):
            attacked.run.say("job_info", jobid=1000 + number, name=f"later {attack}")
        expect(page.locator("#jobs")).to_contain_text("later <script>window.ran=1", timeout=20_000)
        assert page.evaluate(FOREIGN) == []
        assert page.evaluate("window.ran") is None
        assert complaints == []
