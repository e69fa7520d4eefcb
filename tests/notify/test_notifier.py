"""What is checked at the start, so that nobody waits for what can't come."""

import pytest

from panoptes.config.recipients import read_recipient, read_webhook
from panoptes.config.settings import BadSetting, Settings
from panoptes.notify.notifier import notifier
from tests.notify.conftest import SECRET


def test_an_address_that_apprise_does_not_know_is_refused_without_its_secret() -> None:
    settings = Settings(notify=(read_recipient("a-*=pigeon://sesame"),))
    with pytest.raises(BadSetting, match="PANOPTES_NOTIFY: 'a-\\*=pigeon://…' isn't") as refused:
        notifier(settings, b"key")
    assert "sesame" not in str(refused.value)


def test_a_webhook_needs_a_secret() -> None:
    settings = Settings(webhook=(read_webhook("http://x"),))
    with pytest.raises(BadSetting, match=r"PANOPTES_WEBHOOK_SECRET: .*openssl rand -base64 32"):
        notifier(settings, b"key")


def test_one_address_with_two_patterns_is_one_recipient() -> None:
    hooks = tuple(read_webhook(f"{pattern}=http://x") for pattern in ("a", "b"))
    made = notifier(Settings(webhook=hooks, webhook_secret=SECRET), b"key")
    (key,) = made.recipients
    assert [made.subscriptions.recipients_of(name) for name in "abc"] == [[key], [key], []]


def test_keys_of_addresses_depend_on_the_server_s_own() -> None:
    settings = Settings(webhook=(read_webhook("http://x"),), webhook_secret=SECRET)
    keys = [notifier(settings, key).subscriptions.recipients for key in (b"one", b"one", b"other")]
    assert keys[0] == keys[1] != keys[2]
