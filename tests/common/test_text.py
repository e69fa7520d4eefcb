"""Texts of strangers, cleaned."""

import pytest

from panoptes.common.text import without_passwords


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
