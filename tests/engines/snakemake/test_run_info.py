"""The tables of planned jobs of all versions."""

import pytest

from panoptes.engines.snakemake.run_info import planned_jobs

OLD = "Job counts:\n\tcount\tjobs\n\t1\tall\n\t3\tmake\n\t1\tmerge\n\t8"
THREADS = (
    "Job stats:\njob      count    min threads    max threads\n"
    "-----  -------  -------------  -------------\n"
    "all          1              1              1\nmake         3              1              2\n"
    "total        4              1              2\n"
)
NEW = "Job stats:\njob      count\n-----  -------\nall          1\nmake         3\ntotal        4\n"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (OLD, {"all": 1, "make": 3, "merge": 1}),
        (THREADS, {"all": 1, "make": 3}),
        (NEW, {"all": 1, "make": 3}),
        (NEW.replace("make ", "total"), {"all": 1, "total": 3}),
        (f"Job stats:\n{'x' * 9000}  2\ntotal  2", {"x" * 500: 2}),
        (f"Job counts:\n\t2\t{'x' * 9000}\n\t2", {"x" * 500: 2}),
        ("Job stats:\nall  99999999999999999999\ntotal  1", {}),
        ("", {}),
        ("Job stats:", {}),
        ("Something else\n\t1\tall", {}),
    ],
)
def test_the_rows_but_the_last_are_rules(text: str, rules: dict[str, int]) -> None:
    assert planned_jobs(text) == rules
