"""The key that signs sessions and forms."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from panoptes.app import create_app
from panoptes.config.settings import BadSetting, Settings
from panoptes.database.connections import UnusableDatabase
from panoptes.database.connections import database_url as parse_url
from panoptes.web.guard import keys
from panoptes.web.guard.keys import key_file, read_key
from panoptes.web.guard.sessions import cookie_name
from tests.conftest import serve


def test_a_key_is_made_once(tmp_path: Path) -> None:
    key = read_key(tmp_path / "key")
    assert len(key) >= 32
    assert read_key(tmp_path / "key") == key
    assert read_key(tmp_path / "other") != key


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        read_key(tmp_path / "key")
    finally:
        os.umask(before)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from panoptes.web.guard.keys import read_key"
    code += "; print(read_key(Path(sys.argv[1])).decode())"
    command = [sys.executable, "-c", code, str(tmp_path / "key")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


def test_the_key_lies_beside_the_sqlite_file(sqlite_url: str, tmp_path: Path) -> None:
    for _ in serve(Settings(db_url=sqlite_url)):
        assert (tmp_path / "panoptes.db.key").exists()


@pytest.mark.parametrize("is_empty", [False, True])
def test_no_new_database_is_made_where_the_key_of_one_is_left(
    sqlite_url: str, tmp_path: Path, is_empty: bool
) -> None:
    database, key = tmp_path / "panoptes.db", tmp_path / "panoptes.db.key"
    read_key(key)
    if is_empty:
        database.touch()
    with pytest.raises(UnusableDatabase, match="put it back, or delete the key"):
        create_app(Settings(db_url=sqlite_url))
    assert {file.name for file in tmp_path.iterdir()} <= {"panoptes.db", "panoptes.db.key"}
    key.unlink()
    for app in serve(Settings(db_url=sqlite_url)):
        assert app.test_client().get("/api/workflows").get_json()["count"] == 0


def test_a_key_elsewhere_says_nothing_of_the_database(sqlite_url: str, tmp_path: Path) -> None:
    read_key(tmp_path / "key")
    for app in serve(Settings(db_url=sqlite_url, secret_key_file=str(tmp_path / "key"))):
        assert app.test_client().get("/api/workflows").status_code == 200


def test_hosts_that_share_a_database_share_a_key_by_the_setting(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    url = parse_url("postgresql://host/panoptes")
    assert key_file(Settings(secret_key_file=shared), url) == Path(shared)
    assert key_file(Settings(), url) == Path(".panoptes.key")


def test_a_key_of_somebodys_own_is_taken(sqlite_url: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("k" * 40 + "\n")
    own.chmod(0o440)
    for app in serve(Settings(db_url=sqlite_url, secret_key_file=str(own))):
        assert app.secret_key == b"k" * 40
    assert not (tmp_path / "panoptes.db.key").exists()


def test_a_key_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 40)
    key.chmod(0o644)
    with pytest.raises(BadSetting, match="chmod o-r"):
        read_key(key)


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"PANOPTES_SECRET_KEY_FILE.*No such file"):
        read_key(tmp_path / "nowhere/key")
    with pytest.raises(BadSetting, match=r"PANOPTES_SECRET_KEY_FILE.*directory"):
        read_key(tmp_path)


def test_a_key_that_is_too_short_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOOKS", 1)
    (tmp_path / "key").write_text("1234")
    with pytest.raises(BadSetting, match="at least 32 characters"):
        read_key(tmp_path / "key")


def test_two_servers_on_a_machine_have_cookies_of_their_own() -> None:
    assert cookie_name(b"1" * 32) != cookie_name(b"2" * 32)
