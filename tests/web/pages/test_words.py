"""Places of what was searched for."""

from panoptes.web.pages.highlight import marked


def test_what_was_searched_for_is_marked_whatever_its_case() -> None:
    assert marked("Align ALIGN", "align") == "<mark>Align</mark> <mark>ALIGN</mark>"


def test_marking_escapes_both_the_text_and_what_was_searched_for() -> None:
    found = marked("<b>&<i>", "<i>")
    assert found == "&lt;b&gt;&amp;<mark>&lt;i&gt;</mark>"


def test_a_long_text_is_cut_around_the_first_mark() -> None:
    found = marked(500 * "a" + "needle" + 500 * "b", "needle", 60)
    assert "<mark>needle</mark>" in found
    assert found.startswith("…a")
    assert found.endswith("b…")
    assert len(found) < 100


def test_what_matches_only_in_the_database_s_eyes_is_shown_without_a_mark() -> None:
    assert marked("a<b", "zzz") == "a&lt;b"
