"""The envelopes of all dialects."""

import json
import re
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoptes.engines.body import MAX_WIDE, fields
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.envelope import Envelope, read_envelope

FORM = "application/x-www-form-urlencoded"


def test_a_form_gives_its_fields() -> None:
    assert read_envelope(FORM, b"msg=%7B%22a%22%3A+1%7D&timestamp=x&id=7") == Envelope(
        7, '{"a": 1}'
    )


@pytest.mark.parametrize("given_id", ["3", '"3"'])
def test_json_without_a_content_type_gives_its_fields(given_id: str) -> None:
    """Snakemake 7.32 repeats the id in the type that the server gave."""
    body = f'{{"msg": "m", "timestamp": "t", "id": {given_id}}}'
    assert read_envelope("", body.encode()) == Envelope(3, "m")


def test_json_that_calls_itself_a_form_is_json() -> None:
    assert read_envelope(FORM, b'{"msg": "m", "id": 1}') == Envelope(1, "m")


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON; charset=utf-8"])
def test_what_calls_itself_json_must_be_an_object(content_type: str) -> None:
    with pytest.raises(Broken, match="body"):
        fields(content_type, b"[1]")


def test_a_form_of_600_kb_is_read_whole() -> None:
    assert len(read_envelope(FORM, b"id=1&msg=" + b"x" * 600_000).msg) == 600_000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "id"),
        (b"id=1", "msg"),
        (b"id=&msg=m", "id"),
        (b"id=1&msg=", "msg"),
        (b"id=abc&msg=m", "id"),
        (b"id=-1&msg=m", "id"),
        (b"id=1.5&msg=m", "id"),
        (b"id=" + b"9" * 30 + b"&msg=m", "id"),
        ("id=²&msg=m".encode(), "id"),
        (b'{"id": true, "msg": "m"}', "id"),
        (b'{"id": [1], "msg": "m"}', "id"),
        (b'{"id": 1, "msg": "m"', "body"),
        (b'{"id":' * 100_000, "body"),
        (b"a&" * 1000, "body"),
    ],
)
def test_what_is_broken_is_named(body: bytes, field: str) -> None:
    with pytest.raises(Broken) as raised:
        read_envelope("", body)
    assert raised.value.field == field


@given(st.text(), st.binary())
def test_any_bytes_are_read_or_named_as_broken(content_type: str, body: bytes) -> None:
    try:
        assert isinstance(read_envelope(content_type, body), Envelope)
    except Broken as broken:
        assert broken.reason


@given(st.lists(st.sampled_from([*'%+&=2Cc5 "{}[]é\x00', "%22", "%2B", "%25", "%C3%A9"])))
def test_a_form_is_decoded_as_the_library_does(pieces: list[str]) -> None:
    text = "x" + "".join(pieces)
    assert fields(FORM, text.encode()) == dict(parse_qsl(text, keep_blank_values=True))


def test_a_form_full_of_percent_signs_is_refused() -> None:
    with pytest.raises(Broken, match="%25"):
        fields(FORM, b"msg=" + b"%" * 10_000)


def test_json_of_more_values_than_any_client_sends_is_refused() -> None:
    """Ten megabytes of them would take half a gigabyte of memory."""
    body = b'{"id": 1, "msg": {"level": "info", "x": [%s1]}}' % (b"[]," * 3_000_000)
    with pytest.raises(Broken, match="more values"):
        read_envelope("", body)


def test_of_a_very_large_body_letters_beyond_latin_1_are_lost() -> None:
    """One of them would make a text four times as large."""
    for text in ("é日🧬", "é".ljust(MAX_WIDE, "x") + "é日🧬" * 40_000):
        form = fields(FORM, b"msg=" + text.encode())["msg"]
        json_in_json = json.dumps({"msg": json.dumps({"a": text})}).encode()
        escaped = json.loads(fields("", json_in_json)["msg"])["a"]
        expected = text if len(text) < MAX_WIDE else re.sub("[日🧬]", "?", text)
        assert form == expected
        assert re.sub(r"\?+", "?", escaped) == re.sub(r"\?+", "?", expected)
