"""Settings: one table for the command line, the environment and the documents."""

from pathlib import Path

import pytest

from panoptes.config import SETTINGS, BadSetting, Settings, load, variable


def test_without_anything_the_server_is_for_this_machine_alone() -> None:
    settings = load(environ={})
    assert (settings.ip, settings.port) == ("127.0.0.1", 5000)
    assert settings.db_url == "sqlite:///.panoptes.db"
    assert settings.stale_hours == 48


def test_an_option_comes_before_the_environment() -> None:
    environ = {"PANOPTES_PORT": "7000", "PANOPTES_DB_URL": "sqlite:///x.db"}
    settings = load({"port": "8000", "db_url": None}, environ)
    assert (settings.port, settings.db_url) == (8000, "sqlite:///x.db")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "x"),
        ("port", "-1"),
        ("port", "65536"),
        ("port", ""),
        ("port", "²"),
        ("ip", " "),
        ("db_url", ""),
        ("stale_hours", "x"),
        ("stale_hours", "-1"),
        ("stale_hours", "nan"),
        ("stale_hours", "inf"),
        ("verbose", "maybe"),
    ],
)
def test_a_bad_value_is_refused_with_its_source(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"PANOPTES_{name.upper()}"):
        load(environ={f"PANOPTES_{name.upper()}": value})


@pytest.mark.parametrize(("value", "on"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_switch_understands_several_words(value: str, on: bool) -> None:
    assert load(environ={"PANOPTES_VERBOSE": value}).verbose is on


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    for setting in SETTINGS:
        flags = " ".join(f"`{flag}`" for flag in setting.metadata["flags"])
        assert f"| `{variable(setting)}` | {flags or '–'} |" in readme


def test_settings_are_as_the_table_says() -> None:
    assert {setting.name for setting in SETTINGS} == set(vars(Settings()))
