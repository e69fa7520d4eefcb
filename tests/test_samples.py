"""Which samples are through, from jobs alone."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.samples import Matrix, SampleJob, matrix, natural, wildcards

RULES = ("trim", "align")


def job(rule: str, status: str = "Done", **values: str) -> SampleJob:
    return SampleJob(rule, status, "1", 0, values)


def states(found: Matrix) -> dict[str, str]:
    return {row.value: row.status for row in found.rows}


def cells(found: Matrix, value: str) -> list[str | None]:
    row = next(row for row in found.rows if row.value == value)
    return [cell.status for cell in found.cells(row)]


def test_the_wildcard_of_most_rules_comes_first() -> None:
    jobs = [job("call", chrom=str(n), s="K1") for n in range(9)] + [job("trim", s="K1")]
    assert [(each.name, each.rules, each.jobs) for each in wildcards(jobs)] == [
        ("s", 2, 10),
        ("chrom", 1, 9),
    ]


def test_of_as_many_rules_the_wildcard_of_more_jobs_comes_first() -> None:
    jobs = [job("plot", figure="1"), job("trim", s="K1"), job("trim", s="K2"), job("all")]
    assert [each.name for each in wildcards(jobs)] == ["s", "figure"]


def test_rules_stand_as_they_were_announced_and_values_as_people_count() -> None:
    jobs = [job("trim", s="K10"), job("align", s="K10"), job("trim", s="K2"), job("all")]
    found = matrix(jobs, "s", {})
    assert found.rules == ["trim", "align"]
    assert [row.value for row in found.rows] == ["K2", "K10"]
    assert cells(found, "K2") == ["Done", None]


@pytest.mark.parametrize(
    ("of_jobs", "state"),
    [
        (["Done", "Done"], "Done"),
        (["Done", "Running"], "Running"),
        (["Running", "Error"], "Error"),
        (["Done", "Cancelled"], "Cancelled"),
        (["Planned", "Done"], "Planned"),
        (["Cancelled", "Running"], "Running"),
    ],
)
def test_of_several_jobs_in_a_cell_the_worst_is_shown(of_jobs: list[str], state: str) -> None:
    found = matrix([job("trim", status, s="K1") for status in of_jobs], "s", {})
    [cell] = found.cells(found.rows[0])
    assert (cell.status, len(cell.jobs)) == (state, 2)
    assert found.rows[0].is_through is (state == "Done")


def test_a_value_waits_for_jobs_that_others_had() -> None:
    jobs = [job(rule, s="K1") for rule in RULES] + [job("trim", s="K2")]
    found = matrix(jobs, "s", {"trim": 0, "align": 1, "all": 1})
    assert states(found) == {"K1": "Done", "K2": "Planned"}
    assert cells(found, "K2") == ["Done", "Planned"]


def test_what_no_rule_plans_any_more_is_not_waited_for() -> None:
    jobs = [job(rule, s="K1") for rule in RULES] + [job("trim", s="K2")]
    found = matrix(jobs, "s", {"trim": 0, "align": 0, "all": 1})
    assert states(found) == {"K1": "Done", "K2": "Done"}
    assert cells(found, "K2") == ["Done", None]


def test_a_value_with_fewer_replicates_waits_for_the_others() -> None:
    jobs = [job("trim", s="K1", rep=rep) for rep in "12"] + [job("trim", s="K2", rep="1")]
    assert states(matrix(jobs, "s", {"trim": 1})) == {"K1": "Done", "K2": "Planned"}


def test_nothing_is_through_before_a_rule_that_each_may_need_has_begun() -> None:
    jobs = [job("trim", s="K1"), job("trim", s="K2")]
    found = matrix(jobs, "s", {"trim": 0, "align": 2, "all": 1})
    assert found.ahead == ["align"]
    assert states(found) == {"K1": "Planned", "K2": "Planned"}


def test_a_rule_of_fewer_jobs_than_values_is_about_something_else() -> None:
    jobs = [job("trim", s="K1"), job("trim", s="K2")]
    found = matrix(jobs, "s", {"multiqc": 1, "all": 1})
    assert found.ahead == []
    assert all(row.is_through for row in found.rows)


def test_a_rule_that_began_without_the_wildcard_is_about_something_else() -> None:
    jobs = [job("trim", s="K1"), job("plot", figure="1")]
    assert matrix(jobs, "s", {"plot": 7}).ahead == []


def test_without_jobs_there_is_no_row() -> None:
    found = matrix([], "s", {"trim": 3})
    assert (found.rules, found.rows, found.ahead) == ([], [], [])


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    names = ["", "K1", "K01", "K2", "K2b", "K10", "k11", "K10_2", "K10_10", "9", "10", "٣", "²"]
    ordered = sorted(names, key=natural)
    assert ordered[0] == ""
    assert [name for name in ordered if name.startswith(("K", "k"))] == [
        "K01", "K1", "K2", "K2b", "K10", "K10_2", "K10_10", "k11",
    ]  # fmt: skip
    assert ordered.index("9") < ordered.index("10")


@given(st.lists(st.text(max_size=12), max_size=8), st.integers())
def test_any_names_have_one_order(names: list[str], seed: int) -> None:
    shuffled = Random(seed).sample(names, len(names))
    assert sorted(shuffled, key=natural) == sorted(names, key=natural)


def test_a_number_of_many_digits_is_sorted_too() -> None:
    assert min(["9" * 10_000, "1"], key=natural) == "1"
