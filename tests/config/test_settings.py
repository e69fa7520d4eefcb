"""Settings: one table for the command line, the environment and the documents."""

import os
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from devtools import settings as settings_list
from devtools.running import ROOT
from panoptes.cli.main import panoptes
from panoptes.config.log_roots import LogRoot
from panoptes.config.settings import SETTINGS, BadSetting, Settings, load


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
        ("url_prefix", "panoptes"),
        ("url_prefix", "/a b"),
        ("url_prefix", "//x"),
        ("url_prefix", "http://x/panoptes"),
        ("trusted_proxy", "localhost"),
        ("trusted_proxy", "127.0.0.1,x"),
        ("trusted_proxy", "10.0.0.0/33"),
    ],
)
def test_a_bad_value_is_refused_with_its_source(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"PANOPTES_{name.upper()}"):
        load(environ={f"PANOPTES_{name.upper()}": value})


@pytest.mark.parametrize(("value", "on"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_switch_understands_several_words(value: str, on: bool) -> None:
    assert load(environ={"PANOPTES_VERBOSE": value}).verbose is on


@pytest.mark.parametrize(("value", "prefix"), [("", ""), ("/", ""), ("/a/b-c/", "/a/b-c")])
def test_a_prefix_ends_without_a_slash(value: str, prefix: str) -> None:
    assert load(environ={"PANOPTES_URL_PREFIX": value}).url_prefix == prefix


def test_proxies_are_addresses_and_networks() -> None:
    told = load({"trusted_proxy": ["::1", "10.1.2.3/8"]}, {}).trusted_proxy
    assert told == (ip_network("::1"), ip_network("10.0.0.0/8"))
    assert load(environ={"PANOPTES_TRUSTED_PROXY": "::1,10.0.0.0/8"}).trusted_proxy == told
    assert load(environ={"PANOPTES_TRUSTED_PROXY": ""}).trusted_proxy == ()


def test_log_folders_may_be_several(tmp_path: Path) -> None:
    (tmp_path / "a=b").mkdir()
    one, other = LogRoot(str(tmp_path)), LogRoot(str(tmp_path / "a=b"))
    assert load(environ={}).log_root == ()
    assert load(environ={"PANOPTES_LOG_ROOT": ""}).log_root == ()
    assert load({"log_root": [str(tmp_path), f"{tmp_path}/a=b"]}, {}).log_root == (one, other)
    joined = os.pathsep.join([str(tmp_path), f"{tmp_path}=/home/"])
    environ = {"PANOPTES_LOG_ROOT": joined}
    assert load(environ=environ).log_root == (one, LogRoot(str(tmp_path), "/home"))
    assert load({"log_root": [str(tmp_path)]}, environ).log_root == (one,)


@pytest.mark.parametrize("value", ["{tmp}/none", "{tmp}/none=/x", "=/x", "{tmp}=", "{tmp}=x", ""])
def test_a_log_folder_has_to_be_there(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSetting, match=r"--log-root: '.*' is not a"):
        load({"log_root": [value.format(tmp=tmp_path)]}, {})


@pytest.mark.parametrize("value", ["http://x", "x:5000", "a b", "", "*", "me@x", "[::1]", "ü.de"])
def test_the_name_of_a_host_is_nothing_more(value: str) -> None:
    with pytest.raises(BadSetting, match="--allowed-host"):
        load({"allowed_host": [value]}, {})


def test_names_of_hosts_may_be_several() -> None:
    wanted = ("panoptes.example", "mon_1")
    assert load({"allowed_host": ["Panoptes.Example.", "mon_1"]}, {}).allowed_host == wanted
    environ = {"PANOPTES_ALLOWED_HOST": os.pathsep.join(wanted)}
    assert load(environ=environ).allowed_host == wanted


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "null",
        "portal.example",
        "https://",
        "ftp://x",
        "https://x/",
        "https://x/a",
        "http://*.x",
    ],
)
def test_an_origin_is_a_scheme_a_host_and_perhaps_a_port(value: str) -> None:
    with pytest.raises(BadSetting, match="--cors-origin"):
        load({"cors_origin": [value]}, {})


def test_origins_are_written_as_browsers_send_them() -> None:
    told = "https://Portal.example:443, http://localhost:3000,http://[::1]:80"
    wanted = ("https://portal.example", "http://localhost:3000", "http://[::1]")
    assert load(environ={"PANOPTES_CORS_ORIGIN": told}).cors_origin == wanted


def test_the_command_line_takes_several_log_folders() -> None:
    options = panoptes.make_context("panoptes", ["--log-root", "/a", "--log-root", "/b"]).params
    assert options["log_root"] == ("/a", "/b")


def test_the_list_of_settings_is_up_to_date() -> None:
    text = settings_list.DOCUMENT.read_text()
    assert settings_list.with_table(text) == text, "Run python -m devtools.settings"
    assert settings_list.table() in text


def test_the_readme_tells_of_settings_what_their_list_tells() -> None:
    """It has the most used."""
    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"^\| `PANOPTES_.+", readme, re.MULTILINE)
    assert rows
    assert set(rows) <= set(settings_list.table().splitlines())


def test_settings_are_as_the_table_says() -> None:
    assert {setting.name for setting in SETTINGS} == set(vars(Settings()))
