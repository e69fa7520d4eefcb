"""Which jobs the id of a group stands for."""

from panoptes.engines.snakemake.groups import MAX_WAITING, Group, begin, join, take, without

# What 8.30 called the groups of the jobs `second` with i=0 and i=1.
FIRST, SECOND = "7b5acade-d360-5472-95c7-eabfceb0184c", "71037944-a6c5-5e58-ab80-395b7047aaa3"


def two_groups() -> list[Group]:
    """Two groups that were announced one behind the other, as 8 and 9 do it."""
    waiting: list[Group] = []
    for keys, value in ((("3", "2"), "0"), (("5", "4"), "1")):
        waiting = begin(waiting)
        for key, rule in zip(keys, ("first", "second"), strict=True):
            waiting = join(waiting, key, rule, {"i": value})
    return waiting


def test_a_group_is_found_by_the_one_of_its_jobs_that_names_it() -> None:
    keys, waiting = take(two_groups(), SECOND)
    assert keys == ["5", "4"]
    keys, waiting = take(waiting, FIRST)
    assert (keys, waiting) == (["3", "2"], [])


def test_a_job_that_is_in_no_group_is_named_by_its_own_key() -> None:
    waiting = two_groups()
    assert take(waiting, "1") == (["1"], waiting)
    assert take([], "1") == (["1"], [])


def test_a_name_that_is_not_understood_is_that_of_the_only_group_that_waits() -> None:
    """Before 7.8 it is made of ids whose order nothing tells."""
    unknown = "1edef398-986f-5aa1-8b9d-2d8121796aae"
    waiting = two_groups()
    assert take(waiting[:1], unknown) == (["3", "2"], [])
    assert take(waiting, unknown) == ([], waiting)


def test_a_group_whose_job_is_over_waits_no_longer() -> None:
    assert without(two_groups(), "2") == two_groups()[1:]


def test_no_more_groups_wait_than_fit() -> None:
    waiting: list[Group] = []
    for number in range(3 * MAX_WAITING):
        waiting = join(begin(waiting), str(number), "align", None)
    assert len(waiting) == MAX_WAITING + 1
    for number in range(3 * MAX_WAITING):
        waiting = join(waiting, str(number), "align", None)
    assert len(waiting[-1]) == MAX_WAITING
