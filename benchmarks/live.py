"""What 200 open dashboards cost while 16 runs report: `python -m benchmarks.live`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from random import Random

from benchmarks import servers
from benchmarks.load import Answer, Client, Measured, measure, request
from benchmarks.report import (
    Line,
    Section,
    Shown,
    command,
    median,
    milliseconds,
    number,
    table,
    tell,
    times,
)
from benchmarks.traffic import reporters
from devtools.running import Server

PERIOD = 1.0  # seconds from one poll of a page to the next
RUNS = 16
NOTHING = request("GET", "/nothing")


@dataclass(frozen=True)
class Plan:
    """How much is measured; an idle minute has one moment in which all pages are made anew."""

    rounds: int = 3
    seconds: float = 6.0
    idle: float = 60.0
    dashboards: int = 200
    turn: float = 1.0


QUICK = Plan(rounds=1, seconds=2.5, idle=4.5, dashboards=50, turn=0.3)


@dataclass(eq=False)
class Dashboard:
    """An open page: asks whether it changed since it was last answered."""

    path: str
    etag: str = ""
    statuses: list[int] = field(default_factory=list)

    def requests(self) -> Iterator[bytes]:
        """Yield what it asks, without end."""
        while True:
            known = {"If-None-Match": self.etag, "Poll": "1"} if self.etag else {}
            yield request("GET", self.path, headers=known)

    def take(self, answer: Answer) -> None:
        """Remember what was answered."""
        self.etag = answer.header("etag") or self.etag
        self.statuses.append(answer.status)


def open_dashboards(server: Server, count: int) -> list[Dashboard]:
    """Return dashboards, spread over pages, each of which has its page already."""
    paths = _pages(server)
    boards = [Dashboard(paths[place % len(paths)]) for place in range(count)]
    for board in boards:
        measure(server.url, [Client(islice(board.requests(), 1), on_answer=board.take)], PERIOD)
    return boards


def polling(boards: Sequence[Dashboard]) -> list[Client]:
    """Return the clients that ask for dashboards, spread over the period."""
    chance = Random(7)
    return [
        Client(
            board.requests(),
            period=PERIOD,
            due=chance.uniform(0, PERIOD),
            on_answer=board.take,
        )
        for board in boards
    ]


# --- while runs report ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Busy:
    """Runs that report, with and without dashboards; `polls` are what these saw."""

    alone: list[Measured] = field(default_factory=list)
    watched: list[Measured] = field(default_factory=list)
    polls: list[Measured] = field(default_factory=list)

    @property
    def kept(self) -> float:
        """Which share of the events a second is left when dashboards are open."""
        return median(each.rate for each in self.watched) / median(each.rate for each in self.alone)


def while_runs_report(plan: Plan) -> Busy:
    """Measure with and without dashboards in turns, each on a database of its own."""
    found = Busy()
    for turn in range(plan.rounds):
        tell(f"16 runs report, round {turn + 1} of {plan.rounds}")
        with servers.ours() as server:
            measure(server.url, reporters(server, RUNS, "state", 0.3), 0.3)
            clients = reporters(server, RUNS, "state", plan.seconds)
            found.alone.append(measure(server.url, clients, plan.seconds))
        with servers.ours() as server:
            measure(server.url, reporters(server, RUNS, "state", 0.3), 0.3)
            clients = reporters(server, RUNS, "state", plan.seconds)
            boards = polling(open_dashboards(server, plan.dashboards))
            both = measure(server.url, [*clients, *boards], plan.seconds)
            found.watched.append(both.of(clients))
            found.polls.append(both.of(boards))
    return found


def _pages(server: Server) -> list[str]:
    """Return what people look at: the newest runs, and as often the list of all."""
    ids = [workflow["id"] for workflow in server.get("/api/workflows")["workflows"]]
    pages = [f"/workflow/{each}" for each in sorted(ids)[-RUNS:]]
    return [*pages, "/", "/workflows/"]


# --- when nothing changes -------------------------------------------------------------------------


@dataclass(frozen=True)
class Idle:
    """Dashboards that see no change: how often they heard so, and how long that took in seconds.

    `polls` is by page; `whole` is the same page without a question, `nothing` the do-nothing route.
    """

    unchanged: float
    polls: dict[str, list[float]]
    whole: dict[str, list[float]]
    nothing: list[float]


def when_nothing_changes(plan: Plan) -> Idle:
    """Let dashboards poll for a while, and time polls against requests that do nothing."""
    with servers.ours() as server, servers.limit() as limit:
        measure(server.url, reporters(server, RUNS, "state", 1.0), 1.0)
        pages = _pages(server)[-3:]
        tell("dashboards poll and nothing changes")
        boards = open_dashboards(server, plan.dashboards)
        measure(server.url, polling(boards), plan.idle)
        later = [status for board in boards for status in board.statuses[1:]]
        found = Idle(later.count(304) / len(later), {}, {}, [])
        for _ in range(plan.rounds):
            for page in pages:
                _time_page(server, page, plan, found)
            found.nothing.append(_time(limit, repeat(NOTHING), plan))
    return found


def _time_page(server: Server, page: str, plan: Plan, found: Idle) -> None:
    board = Dashboard(page)
    client = Client(board.requests(), on_answer=board.take)
    answers = measure(server.url, [client], plan.turn).answers
    unchanged = [answer.seconds for answer in answers if answer.status == 304]
    found.polls.setdefault(page, []).append(median(unchanged))
    whole = _time(server, repeat(request("GET", page)), plan)
    found.whole.setdefault(page, []).append(whole)


def _time(server: Server, requests: Iterator[bytes], plan: Plan) -> float:
    return measure(server.url, [Client(requests)], plan.turn).percentile(0.5)


# --- telling --------------------------------------------------------------------------------------


def _busy_table(found: Busy) -> str:
    rows = []
    for name, measured in (
        ("events, no dashboard", found.alone),
        ("events, dashboards open", found.watched),
        ("polls", found.polls),
    ):
        shares = [median(each.percentile(share) for each in measured) for share in (0.5, 0.99)]
        rate = median(each.rate for each in measured)
        rows.append([name, number(rate), *map(milliseconds, shares)])
    return table(("while 16 runs report", "a second", "p50", "p99"), rows)


def _idle_table(found: Idle) -> str:
    nothing = median(found.nothing)
    rows = [
        [page, *(milliseconds(median(each[page])) for each in (found.polls, found.whole)),
         times(median(found.polls[page]), nothing)]
        for page in found.polls
    ]  # fmt: skip
    rows.append(["a request that does nothing", milliseconds(nothing), "–", "–"])
    return table(("when nothing changed", "304", "the whole page", "304 / nothing"), rows)


def _lines(plan: Plan, busy: Busy, idle: Idle) -> Iterator[Line]:
    what = f"{plan.dashboards} open dashboards"
    cost = 1 - busy.kept
    shown = Shown(f"{cost:.0%}")
    yield Line(f"{what}: cost of ingest", "<= 25 % of its rate", shown, "–", cost <= 0.25)
    shown = Shown(f"{idle.unchanged:.1%}")
    yield Line(
        f"{what}: 304 of polls, nothing changed", ">= 90 %", shown, "–", idle.unchanged >= 0.9
    )
    nothing = median(idle.nothing)
    page, slowest = max(
        ((page, median(each)) for page, each in idle.polls.items()), key=lambda pair: pair[1]
    )
    shown = Shown(milliseconds(slowest), limit=milliseconds(nothing))
    yield Line(
        f"{what}: time of a 304, the slowest {page}",
        "<= 1.5 x a do-nothing request",
        shown,
        times(slowest, nothing),
        slowest <= 1.5 * nothing,
    )


def run(plan: Plan) -> Section:
    """Measure both and return what was found."""
    busy, idle = while_runs_report(plan), when_nothing_changes(plan)
    summary = list(_lines(plan, busy, idle))
    title = f"{plan.dashboards} open dashboards, each polling every {PERIOD:g} s"
    return Section(title, summary, [_busy_table(busy), _idle_table(idle)])


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
