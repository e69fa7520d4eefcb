"""Runs all benchmarks and writes `benchmarks/RESULTS.md`: `python -m benchmarks`."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from benchmarks import (
    batches,
    cost,
    fleet,
    history,
    ingest,
    live,
    overhead,
    pages,
    past_flask,
    report,
    size,
    task_states,
    watched,
)
from benchmarks.report import Section, tell
from devtools.postgres import find_binaries

RESULTS = Path(__file__).parent / "RESULTS.md"
# Every figure of it takes a start of gunicorn, so that it shows one load only.
ON_POSTGRES = ingest.Plan(
    rounds=2, traffic=("mix", "state"), clients=(16,), connections=(ingest.NEW,)
)
WORKERS = (1, 2, 4)


def sections(*, quick: bool) -> list[Section]:
    """Measure everything."""
    found = [
        ingest.run(ingest.QUICK if quick else ingest.Plan()),
        batches.run(batches.QUICK if quick else batches.Plan()),
        past_flask.run(past_flask.QUICK if quick else past_flask.Plan()),
        task_states.run(task_states.QUICK if quick else task_states.Plan()),
        overhead.run(overhead.QUICK if quick else overhead.Plan()),
        watched.run(watched.QUICK if quick else watched.Plan()),
        pages.run(pages.QUICK if quick else pages.Plan()),
        history.run(history.QUICK if quick else history.Plan()),
        live.run(live.QUICK if quick else live.Plan()),
        size.run(size.QUICK if quick else size.Plan()),
        cost.run(cost.QUICK if quick else cost.Plan()),
        fleet.run(fleet.QUICK if quick else fleet.Plan()),
    ]
    if find_binaries() and not quick:
        found += [ingest.beside_sqlite(ingest.STATE), ingest.grow(ON_POSTGRES, WORKERS)]
    return found


def main() -> int:
    """Run the command; a smoke run only prints."""
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke run, whose figures say little"
    )
    quick = parser.parse_args().quick
    load = os.getloadavg()[0]
    told = report.whole(sections(quick=quick), load)
    print(told)
    if not quick:
        RESULTS.write_text(told, encoding="utf-8")
        tell(f"written to {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
