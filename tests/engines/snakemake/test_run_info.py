"""The tables of planned jobs of all versions."""

import pytest

from panoptes.engines.fields import MAX_RULE
from panoptes.engines.snakemake.run_info import MAX_RULES, Plan, planned_jobs

OLD = "Job counts:\n\tcount\tjobs\n\t1\tall\n\t3\tmake\n\t1\tmerge\n\t8"
THREADS = (
    "Job stats:\njob      count    min threads    max threads\n"
    "-----  -------  -------------  -------------\n"
    "all          1              1              1\nmake         3              1              2\n"
    "total        4              1              2\n"
)
NEW = "Job stats:\njob      count\n-----  -------\nall          1\nmake         3\ntotal        4\n"
# As Snakemake 7.32 and 8.30 print them.
NAMED = """\
Job stats:
job                   count
------------------  -------
3.10                      1
map reads (step 2)        8
名前                        2
total                    11
"""
NAMED_WITH_THREADS = """\
Job stats:
job                   count    min threads    max threads
------------------  -------  -------------  -------------
lane 1  2                 4              1              8
total                     4              1              8
"""


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (OLD, {"all": 1, "make": 3, "merge": 1}),
        (OLD.replace("merge", "merge (2 of 3)"), {"all": 1, "make": 3, "merge (2 of 3)": 1}),
        (THREADS, {"all": 1, "make": 3}),
        (NEW, {"all": 1, "make": 3}),
        (NEW.replace("make ", "total"), {"all": 1, "total": 3}),
        (NAMED, {"3.10": 1, "map reads (step 2)": 8, "名前": 2}),
        (NAMED_WITH_THREADS, {"lane 1  2": 4}),
    ],
)
def test_each_row_but_the_tables_own_total_is_a_rule(text: str, rules: dict[str, int]) -> None:
    assert planned_jobs(text) == Plan(rules, sum(rules.values()))


def test_the_name_of_a_rule_is_cut() -> None:
    name = "x" * 9000
    assert planned_jobs(NEW.replace("make", name)) == Plan({"all": 1, name[:MAX_RULE]: 3}, 4)
    assert planned_jobs(OLD.replace("merge", name)) == Plan(
        {"all": 1, "make": 3, name[:MAX_RULE]: 1}, 5
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Job stats:",
        "Something else\n\t1\tall",
        NEW.partition("all")[0],
        "Job stats:\nall  1\n",
        "Job stats:\n---\nall\n",
        "Job stats:\n---  ---\n   \n",
    ],
)
def test_what_is_no_table_says_nothing(text: str) -> None:
    assert planned_jobs(text) is None


def test_a_row_that_is_not_understood_counts_in_the_total_all_the_same() -> None:
    assert planned_jobs(NEW.replace("make         3", "what is this?")) == Plan({"all": 1}, 4)


@pytest.mark.parametrize("more", [0, 500, MAX_RULES])
def test_the_total_is_that_of_all_rules_however_many_there_are(more: int) -> None:
    names = [f"rule_{number:05}" for number in range(1_000 + more)]
    table = "\n".join([*(f"{name}        2" for name in names), f"total       {2 * len(names)}"])
    old = "".join(f"\t2\t{name}\n" for name in names)
    expected = dict.fromkeys(names[:MAX_RULES], 2), 2 * len(names)
    assert planned_jobs(f"Job stats:\njob count\n----------  -------\n{table}\n") == expected
    assert planned_jobs(f"Job counts:\n\tcount\tjobs\n{old}\t{2 * len(names)}") == expected
