"""Every page with up to 100,000 jobs and 10,000 workflows: `python -m benchmarks.pages`.

Time, size, number of queries and growth of memory. Which pages there are, the app's routes tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from benchmarks import filling
from benchmarks.report import Line, Section, Shown, command, milliseconds, number, table, times
from benchmarks.stand import BIG, Case, Found, Stand
from panoptes.common.clock import utcnow
from panoptes.models.workflow import RUN_IDS

TINY_JOBS = 20
# Of each address with a part that varies, which one is asked for.
VALUES: dict[str, int | str] = {
    "workflow_id": BIG,
    "jobid": "7",
    "name": "big",
    "run_id": RUN_IDS + BIG,
    "task_id": "7",
}
# The first isn't made by panoptes, the second changes something.
LEFT_OUT = ("static", "create_workflow")


@dataclass(frozen=True)
class Plan:
    """How much is measured: numbers of jobs and of workflows."""

    jobs: tuple[int, ...] = (100, 1000, 10_000, 100_000)
    workflows: tuple[int, ...] = (100, 10_000)


QUICK = Plan(jobs=(100, 1000), workflows=(20, 100))


# --- what is asked --------------------------------------------------------------------------------


def every_page(app: Flask) -> Iterator[str]:
    """Yield the address of every page and endpoint that can be read."""
    adapter = app.url_map.bind("")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith(LEFT_OUT):
            yield adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments})


def pages_of_jobs(app: Flask) -> list[str]:
    """Return every page, and some with what readers choose there."""
    chosen = ("?q=S00003", "?sort=-duration", "?status=Error", "?page=1000000")
    return [
        *sorted(every_page(app)),
        *(f"/workflow/{BIG}{each}" for each in chosen),
        f"/api/workflow/{BIG}/jobs?per_page=100",
        f"/api/workflow/{BIG}/jobs?per_page=100&status=Error",
        f"/api/workflow/{BIG}/messages?per_page=100",
        "/search?q=S00003",
    ]


def pages_of_workflows(_app: Flask) -> list[str]:
    """Return the pages that speak of all workflows."""
    return [
        "/", "/workflows/", "/workflows/?page=1000000", "/workflows/?status=Error",
        "/workflows/?q=00042", "/search?q=00042", "/api/workflows", f"/api/workflow/{BIG}",
    ]  # fmt: skip


# --- what is there --------------------------------------------------------------------------------


def _fill_jobs(app: Flask, jobs: int) -> None:
    now = utcnow()
    sizes = {"tiny": TINY_JOBS, "big": jobs}
    filling.fill(app, ((name, filling.run_events(size, now)) for name, size in sizes.items()))


def _fill_peer_jobs(database: Path, jobs: int) -> None:
    for name, size in (("tiny", TINY_JOBS), ("big", jobs)):
        filling.fill_peer(database, name, size, utcnow())


def _fill_workflows(app: Flask, number_of: int) -> None:
    now = utcnow()
    runs = ((filling.run_name(n), filling.short_run(n, now)) for n in range(number_of))
    filling.fill(app, runs)


def _fill_peer_workflows(database: Path, number_of: int) -> None:
    filling.fill_peer_with_runs(database, number_of, utcnow())


def cases(plan: Plan) -> list[Case]:
    """Return both cases."""
    run, api = f"/workflow/{BIG}", f"/api/workflow/{BIG}"
    both = ("/", "/workflows/", "/api/workflows", api)
    of_jobs = (*both, run, f"{run}/job/7", f"{api}/jobs", f"{api}/job/7")
    jobs = Case("jobs", plan.jobs, _fill_jobs, _fill_peer_jobs, pages_of_jobs, of_jobs)
    return [
        jobs,
        Case(
            "workflows",
            plan.workflows,
            _fill_workflows,
            _fill_peer_workflows,
            pages_of_workflows,
            both,
        ),
    ]


# --- telling --------------------------------------------------------------------------------------


def _row(found: Found, case: Case) -> list[str]:
    sizes = case.sizes
    ours = " / ".join(number(found.time(size) * 1000) for size in sizes)
    row = [found.path, ours, f"{_slowdown(found, case):.2f}", number(found.bytes["ours"] / 1000)]
    row += [" / ".join(map(str, found.queries.values())) or "–", number(found.growth["ours"])]
    if "peer" not in found.bytes:
        return [*row, "–", "–", "–"]
    peer = " / ".join(number(found.time(size, "peer") * 1000) for size in sizes)
    return [*row, peer, number(found.bytes["peer"] / 1000), number(found.growth["peer"])]


def _slowdown(found: Found, case: Case) -> float:
    """Return how much longer a page takes in the largest database than in a usual one."""
    return found.time(case.sizes[-1]) / found.time(case.usual)


def _table(case: Case, found: Sequence[Found]) -> str:
    sizes = " / ".join(f"{size:,}" for size in case.sizes)
    headers = (
        f"with {sizes} {case.what}", "ours ms", f"largest / {case.usual:,}", "KB", "queries",
        "MB more", "peer ms", "peer KB", "peer MB more",
    )  # fmt: skip
    return table(headers, (_row(each, case) for each in found))


def _lines(case: Case, found: Sequence[Found]) -> Iterator[Line]:
    """Yield the goals of the pages that don't give all there is."""
    bounded = [each for each in found if not each.is_whole]
    what = f"any page at {case.sizes[-1]:,} {case.what}"
    slowest = max(bounded, key=lambda each: _slowdown(each, case))
    slowdown = _slowdown(slowest, case)
    yield Line(
        f"{what}: time, the worst {slowest.path}",
        f"<= 1.5 x that at {case.usual:,}",
        Shown(f"{number(slowest.time(case.sizes[-1]) * 1000)} ms"),
        f"{slowdown:.2f} x",
        slowdown <= 1.5,
    )
    yield from _bounds(case, what, bounded)


def _bounds(case: Case, what: str, bounded: Sequence[Found]) -> Iterator[Line]:
    longest = max(bounded, key=lambda each: each.bytes["ours"])
    size = longest.bytes["ours"] / 1000
    shown = Shown(f"{number(size)} KB")
    yield Line(f"{what}: size, the largest {longest.path}", "<= 300 KB", shown, "–", size <= 300)
    largest = case.sizes[-1]
    more = [
        each.path
        for each in bounded
        if each.queries[largest] > max(each.queries[size] for size in case.sizes[:-1])
    ]
    shown = Shown(f"at most {max(each.queries[largest] for each in bounded)}")
    named = f", more for {', '.join(more)}" if more else ""
    yield Line(
        f"{what}: queries{named}", f"no more than with fewer {case.what}", shown, "–", not more
    )


def _page_lines(case: Case, found: Mapping[str, Found]) -> Iterator[Line]:
    """Yield the goals of the pages that people look at most, in the smallest database."""
    fewest = case.sizes[0]
    run = f"/workflow/{BIG}"
    for path in ("/", "/workflows/", run, f"{run}/job/7"):
        ours, peer = (found[path].time(fewest, name) for name in ("ours", "peer"))
        shown = Shown(*(milliseconds(each) for each in (ours, peer)))
        what = f"{path}, {fewest:,} {case.what}: time"
        yield Line(what, "<= 1 x the peer's", shown, times(ours, peer), ours <= peer)


def _stream_lines(case: Case, jobs: Found) -> Iterator[Line]:
    largest = case.sizes[-1]
    what = f"{jobs.path}, {largest:,} jobs"
    ours, peer = (jobs.time(largest, name) for name in ("ours", "peer"))
    shown = Shown(*(f"{number(each / largest * 1e6)} µs a job" for each in (ours, peer)))
    yield Line(f"{what}: speed", ">= 3 x the peer's", shown, times(peer, ours), peer >= 3 * ours)


def _half_lines(case: Case, found: Mapping[str, Found]) -> Iterator[Line]:
    """Yield the goals of what programs ask for again and again: one run, one job."""
    largest = case.sizes[-1]
    for path in (f"/api/workflow/{BIG}", f"/api/workflow/{BIG}/job/7"):
        ours, peer = (found[path].time(largest, name) for name in ("ours", "peer"))
        shown = Shown(*(milliseconds(each) for each in (ours, peer)))
        is_met = ours <= peer / 2
        yield Line(f"{path}: time", "<= 1/2 of the peer's", shown, times(ours, peer), is_met)


def _download_lines(case: Case, found: Mapping[str, Found]) -> Iterator[Line]:
    """Yield the goals of all jobs of a run as a file."""
    largest = case.sizes[-1]
    page = f"/workflow/{BIG}/jobs"
    for path in (f"{page}.csv", f"{page}.tsv", f"{page}.json", f"/api{page}"):
        seconds, growth = found[path].time(largest), found[path].growth
        what = f"{path}, {largest:,} jobs"
        yield Line(f"{what}: time", "<= 2 s", Shown(f"{number(seconds)} s"), "–", seconds <= 2)
        shown = Shown(*(f"{number(growth[name])} MB" for name in growth))
        is_met = growth["ours"] <= 20
        yield Line(f"{what}: memory", "<= 20 MB more", shown, "–", is_met)


def _list_lines(case: Case, found: Mapping[str, Found]) -> Iterator[Line]:
    """Yield the goals of the list of all workflows."""
    largest, listed = case.sizes[-1], found["/api/workflows"]
    ours, peer = (listed.time(largest, name) for name in ("ours", "peer"))
    what = f"/api/workflows, {largest:,} workflows: time"
    shown = Shown(*(milliseconds(each) for each in (ours, peer)))
    yield Line(what, "<= 200 ms", shown, times(ours, peer), ours <= 0.2)
    ours, peer = ours / listed.bytes["ours"], peer / listed.bytes["peer"]
    shown = Shown(*(f"{number(each * 1e9)} ns" for each in (ours, peer)))
    yield Line(f"{what}, per byte", "<= the peer's", shown, times(ours, peer), ours <= peer)


def run(plan: Plan) -> Section:
    """Measure everything and return what was found."""
    section = Section("Pages and endpoints")
    for case in cases(plan):
        with TemporaryDirectory(prefix="panoptes-benchmark-") as name, ExitStack() as stack:
            stand = Stand(case, Path(name), stack)
            paths = case.paths(next(iter(stand.apps.values())))
            found = [each for each in map(stand.compare, paths) if each is not None]
        section.tables.append(_table(case, found))
        by_path = {each.path: each for each in found}
        if case.what == "jobs":
            section.summary += _lines(case, found)
            section.summary += _page_lines(case, by_path)
            section.summary += _half_lines(case, by_path)
            section.summary += _stream_lines(case, by_path[f"/api/workflow/{BIG}/jobs"])
            section.summary += _download_lines(case, by_path)
        else:
            section.summary += _list_lines(case, by_path)
    return section


if __name__ == "__main__":
    command(__doc__, lambda quick: run(QUICK if quick else Plan()))
