"""Ends of files are read: of regular files only, and never for long."""

import os
from pathlib import Path

from panoptes.sender.tails import Tail, read_from, read_tail


def test_the_end_of_a_file_is_read_and_what_is_new(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"0123456789")
    assert read_tail(str(log), 4) == Tail(6, b"6789", 10)
    assert read_tail(str(log), 40) == Tail(0, b"0123456789", 10)
    assert read_from(str(log), 8, 40) == Tail(8, b"89", 10)
    assert read_from(str(log), 99, 4) == Tail(0, b"0123", 10)  # It was begun anew.


def test_bytes_that_are_no_text_are_marked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a\xff\0b")
    tail = read_tail(str(log))
    assert tail is not None
    assert tail.text == "a\N{REPLACEMENT CHARACTER}\0b"


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "none", "/dev/zero", "a\0b", "/dev/tty"):
        assert read_tail(str(path)) is None
