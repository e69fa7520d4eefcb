"""Texts of strangers, cleaned."""

import pytest

from panoptes.common.text import clean_name, without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("--wms-monitor http://me:secret@host:5000/p -j2", "--wms-monitor http://host:5000/p -j2"),
        ("--wms-monitor http://user:p@ss@host -j1", "--wms-monitor http://host -j1"),
        ("--wms-monitor http://u:p/w@host -j1", "--wms-monitor http://host -j1"),
        ("--wms-monitor https://token@host", "--wms-monitor https://host"),
        ("--wms-monitor=http://me:secret@host  -j1", "--wms-monitor=http://host  -j1"),
        ("a://u:p@h b://u:p@h", "a://h b://h"),
        ("a=http://u:p@h,b=http://u:p@h", "a=http://h"),
        ("s3://b/x?Access_Token=a&part=1#c", "s3://b/x?Access_Token=…&part=1#c"),
        ("mysql://h/d?password=secret", "mysql://h/d?password=…"),
        ("s3://b/x?X-Amz-Signature=a&sig=b", "s3://b/x?X-Amz-Signature=…&sig=…"),
        ("https://h/?key=a;pwd=b c", "https://h/?key=…;pwd=… c"),
        ("--config mail=a@b.org", "--config mail=a@b.org"),
        ("--config token=abc", "--config token=abc"),
        ("://" * 33_000, "://" * 33_000),
        ("a@" * 50_000, "a@" * 50_000),
        ("a://" + "?x" * 50_000, "a://" + "?x" * 50_000),
        ("a://?" + "x" * 100_000, "a://?" + "x" * 100_000),
    ],
)
def test_addresses_are_shown_without_passwords(text: str, shown: str) -> None:
    assert without_passwords(text) == shown


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u3164", "\ufe0f", "\x01"]
)
def test_a_name_has_no_letters_that_cannot_be_seen(hidden: str) -> None:
    assert clean_name(f"night{hidden}ly") == "nightly"
    assert clean_name(f" {hidden} {hidden}") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (" a\t b\u3000\u00a0c\n", "a b c"),
        ("\ufffd \ufffd", ""),
        ("\u2800", ""),
        ("\0", ""),
        ("日本語 é 🧬 नमस्ते", "日本語 é 🧬 नमस्ते"),
    ],
)
def test_a_name_is_as_people_see_it(name: str, shown: str) -> None:
    assert clean_name(name) == shown
