"""Where a server is: what was typed comes first, then variables, then .netrc."""

from pathlib import Path

import pytest

from panoptes.sender import BadAddress, find_address
from panoptes.sender.address import HERE


def test_without_a_word_it_is_the_server_on_this_machine() -> None:
    assert find_address(environment={}) == (HERE, "")


@pytest.mark.parametrize(
    ("typed", "url", "token"),
    [
        ("panoptes.example.org", "http://panoptes.example.org", ""),
        ("https://host/pan/", "https://host/pan", ""),
        ("https://me:s3cret@host:8443", "https://host:8443", "s3cret"),
        ("https://s3cret@host", "https://host", "s3cret"),
        ("http://me:p%40ss@[::1]:5000", "http://[::1]:5000", "p@ss"),
    ],
)
def test_an_address_may_have_a_path_and_a_token(typed: str, url: str, token: str) -> None:
    assert find_address(typed, environment={}) == (url, token)


def test_what_is_typed_comes_before_the_variables() -> None:
    variables = {"PANOPTES_URL": "http://a:in-address@one", "PANOPTES_TOKEN": "variable"}
    assert find_address(environment=variables) == ("http://one", "in-address")
    assert find_address("http://two", environment=variables) == ("http://two", "variable")
    assert find_address("http://two", "typed", variables) == ("http://two", "typed")


def test_a_token_may_stand_in_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine one login me password from-netrc\n")
    monkeypatch.setenv("NETRC", str(file))
    assert find_address("https://one", environment={}) == ("https://one", "from-netrc")
    assert find_address("https://two", environment={}).token == ""
    file.write_text("what is this")
    assert find_address("https://one", environment={}).token == ""


@pytest.mark.parametrize("typed", ["ftp://host", "http://", "http://ho st", "http://a:b:c", "x\ny"])
def test_what_is_no_address_is_called_so_without_its_token(typed: str) -> None:
    with pytest.raises(BadAddress):
        find_address(typed, environment={})


def test_a_token_with_odd_letters_is_refused() -> None:
    with pytest.raises(BadAddress):
        find_address("http://host", "to\nken", {})
