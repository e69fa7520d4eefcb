"""Databases of several sizes with servers on them, and what is measured of a page there."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from benchmarks import servers
from benchmarks.asking import ask, growth, queries
from benchmarks.report import median, tell
from devtools.running import Server
from panoptes.app import create_app
from panoptes.config.settings import Settings

ROUNDS = 15
ENOUGH = 1.0  # seconds for one page of one server, of which three rounds are measured at least
TOO_LONG = 8.0  # seconds after which one round is enough
TINY, BIG = 1, 2  # the ids of the two workflows of a database; on the first, servers warm up
# These give all there is, of any length.
WHOLE = (
    "/jobs",
    "/jobs.csv",
    "/jobs.json",
    "/jobs.tsv",
    "/history.csv",
    "/history.tsv",
    "/stats.json",
    "/messages",
    "/api/workflows",
)


@dataclass(frozen=True)
class Case:
    """What databases hold, in several sizes, and what is asked of them; the peer has `shared`."""

    what: str
    sizes: tuple[int, ...]
    fill: Callable[[Flask, int], None]
    fill_peer: Callable[[Path, int], None]
    paths: Callable[[Flask], Sequence[str]]
    shared: tuple[str, ...]

    @property
    def usual(self) -> int:
        """The size that the largest is compared with: two steps below."""
        return self.sizes[max(0, len(self.sizes) - 3)]


@dataclass
class Found:
    """What was measured of a page; times in seconds by size and server, the rest in the largest.

    `queries` is by size, empty where they may grow with what is told; `growth` is in MB.
    """

    path: str
    seconds: dict[tuple[int, str], list[float]]
    bytes: dict[str, int] = field(default_factory=dict)
    queries: dict[int, int] = field(default_factory=dict)
    growth: dict[str, float] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it gives all there is."""
        return self.path.endswith(WHOLE)

    def time(self, size: int, server: str = "ours") -> float:
        """Return the median in seconds."""
        return median(self.seconds[size, server])


class Stand:
    """The databases of a case and the servers on them, until `stack` is closed."""

    def __init__(self, case: Case, folder: Path, stack: ExitStack) -> None:
        self.case = case
        self.folder = folder
        self.apps: dict[int, Flask] = {}
        self.servers: dict[tuple[int, str], Server] = {}
        for size in case.sizes:
            tell(f"filling databases with {size:,} {case.what}")
            self._fill(size, stack)

    def _fill(self, size: int, stack: ExitStack) -> None:
        ours, peer = self.place(size, "ours"), self.place(size, "peer")
        self.apps[size] = create_app(Settings(db_url=f"sqlite:///{ours / 'panoptes.db'}"))
        self.case.fill(self.apps[size], size)
        self.servers[size, "ours"] = stack.enter_context(servers.ours(ours))
        # The peer makes its tables when it starts.
        self.servers[size, "peer"] = stack.enter_context(servers.peer(peer))
        self.case.fill_peer(peer / ".panoptes.db", size)

    def place(self, size: int, server: str) -> Path:
        """Return the folder of a server's database."""
        folder = self.folder / f"{server}-{size}"
        folder.mkdir(exist_ok=True)
        return folder

    def compare(self, path: str) -> Found | None:
        """Measure a page; None where there is nothing to measure (it isn't answered 200)."""
        found = Found(path, {place: [] for place in self.servers})
        if ask(self.servers[self.case.sizes[0], "ours"], path).status != 200:
            return None
        tell(path)
        if not found.is_whole:
            found.queries = {size: queries(app, path) for size, app in self.apps.items()}
        for turn in range(ROUNDS):
            for (size, name), server in self.servers.items():
                if self._is_due(name, path, turn, found.seconds[size, name]):
                    self._time(found, size, name, server)
        self._grow(found)
        return found

    def _grow(self, found: Found) -> None:
        """Measure memory on servers of their own: one that once grew seldom grows again."""
        largest = self.case.sizes[-1]
        for name, start in {"ours": servers.ours, "peer": servers.peer}.items():
            if found.seconds[largest, name]:
                with start(self.place(largest, name)) as server:
                    ask(server, found.path.replace(f"/{BIG}", f"/{TINY}", 1))
                    found.growth[name] = growth(server, found.path)

    def _is_due(self, name: str, path: str, turn: int, times: list[float]) -> bool:
        if name == "peer" and path not in self.case.shared:
            return False
        return turn == 0 or (sum(times) < TOO_LONG and (turn < 3 or sum(times) < ENOUGH))

    def _time(self, found: Found, size: int, name: str, server: Server) -> None:
        answer = ask(server, found.path)
        found.seconds[size, name].append(answer.seconds)
        if size == self.case.sizes[-1]:
            found.bytes[name] = answer.size
