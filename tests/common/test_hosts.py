"""What names and numbers of machines say."""

import pytest

from panoptes.common.hosts import is_loopback


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LocalHost", "x.localhost"]
)
def test_only_this_machine_reaches_loopback(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize(
    "name", ["0.0.0.0", "::", "192.168.1.7", "fe80::1", "127.0.0.1.example", "localhost.example"]
)
def test_others_reach_what_is_not_loopback(name: str) -> None:
    assert not is_loopback(name)
