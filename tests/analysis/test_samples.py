"""Which samples are through, from counts alone."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.analysis.samples import (
    ON_SCREEN,
    CellJobs,
    Counts,
    Outlook,
    RuleJobs,
    SampleRow,
    Value,
    ValueGroup,
    in_order,
    outlook,
    rows,
    wildcards,
)
from panoptes.common.wildcards import (
    MOST_LETTERS,
    brief,
    indexed_wildcards,
    natural_sort_key,
    place,
)

STATES = ("Error", "Running", "Cancelled", "Planned", "Done")


def rule(name: str, jobs: int = 1, pending: int = 0, *wildcards: str) -> RuleJobs:
    return RuleJobs(name, wildcards or ("s",), jobs, pending)


def groups(*values: tuple[str, int]) -> list[ValueGroup]:
    """Return the groups of values, each given by its state and how many jobs it has."""
    return [ValueGroup(place(state, jobs), 1, jobs) for state, jobs in values]


def states(to_come: Outlook, *values: tuple[str, int]) -> list[str]:
    return [to_come.status(place(state, jobs)) for state, jobs in values]


# --- columns ----------------------------------------------------------------------------------


def test_few_rules_stay_in_their_order() -> None:
    rules = [rule(f"r{number}") for number in range(ON_SCREEN - 1)]
    failed = rule("last")._replace(failed=1)
    assert in_order([*rules, failed]) == [*rules, failed]


def test_of_many_rules_the_failed_ones_come_first_and_then_those_that_run() -> None:
    rules = [rule(f"r{number}") for number in range(ON_SCREEN)]
    failed, running = rule("bad")._replace(failed=2), rule("busy")._replace(running=1)
    both = rule("both")._replace(failed=1, running=3)
    found = in_order([*rules, running, failed, both])
    assert [each.name for each in found[:4]] == ["both", "bad", "busy", "r0"]


# --- wildcards ------------------------------------------------------------------------------------


def test_the_wildcard_of_most_rules_comes_first() -> None:
    rules = [rule("call", 9, 0, "chrom", "s"), rule("trim", 1)]
    assert wildcards(rules) == ["s", "chrom"]


def test_of_as_many_rules_the_wildcard_of_more_jobs_comes_first() -> None:
    rules = [rule("plot", 1, 0, "figure"), rule("trim", 2), RuleJobs("all", (), 1)]
    assert wildcards(rules) == ["s", "figure"]


def test_long_texts_are_kept_short_and_apart() -> None:
    long, longer = "x" * MOST_LETTERS + "y", "x" * MOST_LETTERS + "z"
    assert brief("x" * MOST_LETTERS) == "x" * MOST_LETTERS
    assert len(brief(long)) == MOST_LETTERS
    assert brief(long) != brief(longer)
    assert brief(brief(long)) == brief(long)


def test_no_more_wildcards_than_any_rule_has_are_kept() -> None:
    assert indexed_wildcards(None) == []
    assert indexed_wildcards({"s": "K1", "lane": ""}) == [("s", "K1"), ("lane", "")]
    assert len(indexed_wildcards({str(number): "x" for number in range(1000)})) == 20


# --- what is still to come ------------------------------------------------------------------------


def test_the_worst_have_the_first_places() -> None:
    places = [place(state, 3) for state in STATES]
    assert places == sorted(places)
    assert place("Done", 2) < place("Done", 3)


def test_what_no_rule_plans_any_more_is_not_waited_for() -> None:
    values = (("Done", 2), ("Done", 1), ("Error", 1), ("Planned", 1))
    to_come = outlook([rule("trim", 2), rule("align", 2)], "s", groups(*values))
    assert states(to_come, *values) == ["Done", "Done", "Error", "Planned"]


def test_a_value_waits_for_as_many_jobs_as_others_have() -> None:
    values = (("Done", 2), ("Done", 1), ("Running", 3))
    to_come = outlook([rule("trim", 3), rule("align", 3, 1)], "s", groups(*values))
    assert states(to_come, ("Done", 3), *values) == ["Done", "Planned", "Planned", "Running"]


def test_a_rule_without_the_wildcard_is_not_waited_for() -> None:
    rules = [rule("trim", 3), rule("plot", 1, 1, "figure")]
    values = (("Done", 2), ("Done", 1))
    assert states(outlook(rules, "s", groups(*values)), *values) == ["Done", "Done"]


def test_nothing_is_finished_before_a_rule_that_each_may_need_has_begun() -> None:
    values = (("Done", 1), ("Done", 1))
    rules = [rule("trim", 2), rule("align", 0, 2), rule("all", 0, 1)]
    to_come = outlook(rules, "s", groups(*values))
    assert to_come.ahead == ["align"]
    assert states(to_come, *values) == ["Planned", "Planned"]


def test_a_rule_of_fewer_jobs_than_values_is_about_something_else() -> None:
    rules = [rule("trim", 2), RuleJobs("multiqc", (), 0, 1), RuleJobs("all", (), 0, 1)]
    to_come = outlook(rules, "s", groups(("Done", 1), ("Done", 1)))
    assert to_come.ahead == []
    assert to_come.status(place("Done", 1)) == "Done"


def test_without_values_no_rule_is_ahead() -> None:
    assert outlook([RuleJobs("trim", (), 0, 3)], "s", []).ahead == []


# --- rows and cells -------------------------------------------------------------------------------


def row(counts: dict[str, Counts], rules: list[RuleJobs], status: str = "Planned") -> SampleRow:
    found = {("K1", name): CellJobs(each, "1", 0) for name, each in counts.items()}
    # Another value has a job of each rule.
    found |= {("K2", each.name): CellJobs(Counts(1), "2", 0) for each in rules}
    to_come = Outlook(place("Done", 9), [])
    values = [Value("K1", place(status)), Value("K2", place("Done", 9))]
    return rows(values, found, rules, to_come)[0]


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        (Counts(2), "Done"),
        (Counts(2, running=1), "Running"),
        (Counts(2, running=1, error=1), "Error"),
        (Counts(2, cancelled=1), "Cancelled"),
        (Counts(2, planned=1), "Planned"),
        (Counts(2, running=1, cancelled=1), "Running"),
    ],
)
def test_of_several_jobs_in_a_cell_the_worst_is_shown(counts: Counts, state: str) -> None:
    [cell] = row({"trim": counts}, [rule("trim")]).cells
    assert cell.status == state
    assert sum(counts.by_status.values()) == 2


def test_a_cell_waits_where_its_rule_has_jobs_to_come_and_another_value_has_more() -> None:
    rules = [rule("trim", 2), rule("align", 1, 1), rule("plot", 1)]
    found = row({"trim": Counts(1)}, rules)
    assert [(cell.status, cell.waits) for cell in found.cells] == [
        ("Done", False),
        ("Planned", True),
        (None, False),
    ]


def test_what_is_finished_waits_for_nothing() -> None:
    found = rows(
        [Value("K1", place("Done", 9)), Value("K2", place("Done", 9))],
        {("K2", "align"): CellJobs(Counts(1), "2", 0)},
        [rule("align", 1, 1)],
        Outlook(place("Done", 9), []),
    )
    assert [(each.is_finished, each.cells[0].waits) for each in found] == [(True, False)] * 2


def test_a_rule_of_a_long_name_has_its_cells() -> None:
    long = rule("x" * 500)
    [cell] = row({brief(long.name): Counts(1)}, [long], "Running").cells
    assert cell.jobs is not None


# --- the order of values --------------------------------------------------------------------------


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    names = ["", "K1", "K01", "K2", "K2b", "K10", "k11", "K10_2", "K10_10", "9", "10", "٣", "²"]
    ordered = sorted(names, key=natural_sort_key)
    assert ordered[0] == ""
    assert [name for name in ordered if name.startswith(("K", "k"))] == [
        "K01", "K1", "K2", "K2b", "K10", "K10_2", "K10_10", "k11",
    ]  # fmt: skip
    assert ordered.index("9") < ordered.index("10")


@given(st.lists(st.text(max_size=12), max_size=8), st.integers())
def test_any_names_have_one_order(names: list[str], seed: int) -> None:
    shuffled = Random(seed).sample(names, len(names))
    assert sorted(shuffled, key=natural_sort_key) == sorted(names, key=natural_sort_key)


def test_a_number_of_many_digits_is_sorted_too() -> None:
    assert min(["9" * 10_000, "1"], key=natural_sort_key) == "1"
