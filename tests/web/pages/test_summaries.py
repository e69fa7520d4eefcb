"""A run in plain text, whatever its texts are."""

import pytest

from panoptes.render.summaries import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nightly", "nightly"),
        (" a\r\nBcc: x\t\0b ", "a Bcc: x b"),
        ("a\u202eb\u200fc", "a b c"),
        (
            "@everyone <!channel> me@example.com",
            "@\u2060everyone <\u2060!channel> me@\u2060example.com",
        ),
        ("a < b & c > d @ e", "a < b & c > d @ e"),
    ],
)
def test_a_client_s_text_is_one_line_that_calls_nobody(text: str, shown: str) -> None:
    assert plain(text, 80) == shown


def test_a_long_text_is_cut_in_its_middle() -> None:
    assert plain("a" * 50 + "b" * 50, 21) == "a" * 10 + "…" + "b" * 10
