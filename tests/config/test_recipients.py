"""The addresses of who is told, as settings give them."""

import pytest

from panoptes.config.recipients import Recipient, signing_key
from panoptes.config.settings import BadSetting, load


def test_addresses_come_one_by_one_or_with_blanks_between_them() -> None:
    wanted = (
        Recipient("mailto://me:p=w@example.com?to=a@b.c,d@e.f"),
        Recipient("slack://a/b/c/#d", "nightly-*"),
    )
    texts = ["mailto://me:p=w@example.com?to=a@b.c,d@e.f", "nightly-*=slack://a/b/c/#d"]
    assert load({"notify": texts}, {}).notify == wanted
    assert load(environ={"PANOPTES_NOTIFY": "\n ".join(texts)}).notify == wanted
    assert load(environ={"PANOPTES_NOTIFY": ""}).notify == ()


def test_a_pattern_may_hold_an_equals_sign() -> None:
    assert load({"notify": ["a=b=json://x"]}, {}).notify == (Recipient("json://x", "a=b"),)


@pytest.mark.parametrize("value", ["me@example.com", "mailto:me", "=json://x", "a b://x", "", "x="])
def test_what_is_no_address_is_refused_with_its_forms(value: str) -> None:
    with pytest.raises(BadSetting, match=r"--notify: .*nightly-\*=mailto://"):
        load({"notify": [value]}, {})


@pytest.mark.parametrize(
    "value",
    [
        "http://x/ü",
        "http://x/a b",
        "ftp://x/y",
        "https://",
        "http://:80/x",
        "http://me:sesame@x/y",
        "http://x:y/z",
        "x",
        "*=x",
    ],
)
def test_a_webhook_is_a_web_address(value: str) -> None:
    with pytest.raises(BadSetting, match="--webhook: "):
        load({"webhook": [value]}, {})


def test_a_webhook_may_be_for_some_workflows() -> None:
    (found,) = load({"webhook": ["a-*=https://x.example:8000/y?z=1"]}, {}).webhook
    assert found == Recipient("https://x.example:8000/y?z=1", "a-*", is_webhook=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PANOPTES_NOTIFY", "mailto:sesame"),
        ("PANOPTES_NOTIFY", "sesame"),
        ("PANOPTES_NOTIFY", "=json://sesame"),
        ("PANOPTES_WEBHOOK", "ftp://sesame"),
        ("PANOPTES_WEBHOOK", "https://me:sesame@x"),
        ("PANOPTES_WEBHOOK_SECRET", "sesame:x"),
        ("PANOPTES_WEBHOOK_SECRET", "whsec_sesame_is_no_base_64_of_anything"),
        ("PANOPTES_WEBHOOK_SECRET", "whsec_sesamesesamesesamesesame0000"),
    ],
)
def test_a_refusal_tells_no_secret(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as refused:
        load(environ={name: value})
    assert "sesame" not in str(refused.value)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("a secret of sixteen and more", b"a secret of sixteen and more"),
        ("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4", b"abcdefghijklmnopqrstuvwx"),
    ],
)
def test_a_secret_is_text_or_what_the_standard_s_prefix_encodes(secret: str, key: bytes) -> None:
    kept = load(environ={"PANOPTES_WEBHOOK_SECRET": f" {secret}\n"}).webhook_secret
    assert (kept, signing_key(kept)) == (secret, key)


def test_what_is_shown_of_a_recipient_tells_no_secret() -> None:
    assert Recipient("slack://sesame", "a-*").shown == "a-*=slack://…"
    assert Recipient("https://x:1/sesame?y=sesame", is_webhook=True).shown == "https://x:1/…"
    assert "sesame" not in repr(Recipient("slack://sesame"))


@pytest.mark.parametrize("value", ["x", "ftp://x", "https://", "https://x?y", "https://me:p@x"])
def test_the_public_address_is_one_that_paths_can_be_added_to(value: str) -> None:
    with pytest.raises(BadSetting, match="PANOPTES_PUBLIC_URL"):
        load(environ={"PANOPTES_PUBLIC_URL": value})


def test_the_public_address_may_have_a_path_and_ends_without_a_slash() -> None:
    environ = {"PANOPTES_PUBLIC_URL": "https://x.example/panoptes/"}
    assert load(environ=environ).public_url == "https://x.example/panoptes"
