"""Where the rows of a page stand."""

from panoptes.queries.paging import place_of_page


def test_a_page_of_the_second_half_is_read_from_the_end() -> None:
    assert place_of_page(1, total=25, per_page=10) == (1, 10, 0, False)
    assert place_of_page(2, total=25, per_page=10) == (2, 10, 5, True)
    assert place_of_page(3, total=25, per_page=10) == (3, 5, 0, True)


def test_the_nearest_page_is_shown_where_there_is_no_such_page() -> None:
    assert place_of_page(9, total=25, per_page=10) == (3, 5, 0, True)
    assert place_of_page(9, total=0, per_page=10) == (1, 0, 0, False)
