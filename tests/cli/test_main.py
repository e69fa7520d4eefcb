"""The command, run as people run it."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from devtools.running import running_server
from panoptes import __version__
from panoptes.cli.main import COMMANDS, panoptes
from panoptes.cli.serve import greeting
from panoptes.config.settings import SETTINGS, Settings, flags, variable
from panoptes.web.document import ENDPOINTS
from tests.conftest import serve

COMMAND = [sys.executable, "-m", "panoptes"]


def run(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PANOPTES_")}
    own["PYTHONPATH"] = str(Path(__file__).parents[2])
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=own | environ,
        capture_output=True,
        text=True,
        timeout=30,
    )


def refusal(*arguments: str, folder: Path, **environ: str) -> str:
    """Run the command, which must give up with one clear line, and return that line."""
    result = run(*arguments, folder=folder, **environ)
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("panoptes: ")
    return line


def test_the_version_is_told(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout == f"panoptes {__version__}\n"


@pytest.mark.slow
def test_help_lists_every_endpoint_and_every_variable(tmp_path: Path) -> None:
    text = run("--help", folder=tmp_path).stdout
    for method, path, *_ in ENDPOINTS:
        assert re.search(rf"{method} +{re.escape(path)} ", text)
    for setting in SETTINGS:
        assert variable(setting) in text
        assert all(flag in text for flag in flags(setting))


def test_the_start_tells_address_database_and_how_to_connect(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        text = server.output.read_text()
        assert server.get("/api/service-info")["status"] == "running"
    assert f"serves {server.url}\n" in text
    assert str(tmp_path / "panoptes.db") in text
    assert f" --logger panoptes-ui --logger-panoptes-ui-address {server.url} " in text
    assert f" --wms-monitor {server.url} " in text
    assert f"TOWER_ACCESS_TOKEN=any nextflow run ... -with-tower {server.url}/api/tower\n" in text
    assert "development server" not in text


@pytest.mark.parametrize(
    ("ip", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_a_server_for_others_says_its_name_and_what_they_may_do(ip: str, warned: bool) -> None:
    text = greeting(Settings(ip=ip), 5000, "x.db", has_tokens=False)
    assert ("rename, cancel and delete every workflow" in text) is warned
    assert ("panoptes token add" in text) is warned
    assert (f"http://{socket.gethostname()}:5000" in text) is warned


def test_the_greeting_tells_the_path_below_which_it_serves() -> None:
    text = greeting(Settings(url_prefix="/panoptes"), 5000, "x.db", has_tokens=False)
    assert "--wms-monitor http://127.0.0.1:5000/panoptes ..." in text


def test_a_server_with_tokens_warns_of_nothing_and_says_that_they_are_wanted() -> None:
    text = greeting(Settings(ip="0.0.0.0"), 5000, "x.db", has_tokens=True)
    assert "WARNING" not in text
    assert "Every request needs a token" in text


def test_a_read_only_server_warns_of_what_can_be_done_there() -> None:
    text = greeting(Settings(ip="0.0.0.0", read_only=True), 5000, "x.db", has_tokens=False)
    assert "Anyone on the network can see" in text
    assert "delete" not in text


@pytest.mark.slow
def test_the_database_is_in_the_current_folder_unless_told_otherwise(tmp_path: Path) -> None:
    with running_server(tmp_path, "--db-url", "sqlite:///.panoptes.db"):
        assert (tmp_path / ".panoptes.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_in_order(tmp_path: Path, sent: signal.Signals) -> None:
    with running_server(tmp_path) as server:
        server.process.send_signal(sent)
        assert server.process.wait(timeout=20) == 0
        assert "Traceback" not in server.output.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_verbose_logs_each_request(tmp_path: Path, flag: str) -> None:
    with running_server(tmp_path, flag) as server:
        server.get("/api/workflows?x=1")
        assert re.search(r"GET /api/workflows\?x=1 200 [\d.]+ ms", server.output.read_text())


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refusal("--port", port, folder=tmp_path)
    assert f"127.0.0.1:{port} is taken" in line
    assert "--port" in line
    assert not (tmp_path / ".panoptes.db").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "x"], "--port"),
        (["--host", "256.1.1.1"], "--ip"),
        (["--db-url", "mysql://x"], "no database URL"),
        (["--db-url", "sqlite://"], "memory"),
        (["--db-url", "sqlite:////there/is/no/folder/x.db"], "folder"),
        (["--db-url", "postgresql+psycopg://nobody@127.0.0.1:1/x"], "--db-url"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    if "--port" not in arguments:
        arguments = [*arguments, "--port", "0"]
    assert words in refusal(*arguments, folder=tmp_path)


@pytest.mark.slow
def test_a_bad_variable_is_told_in_one_line(tmp_path: Path) -> None:
    assert "PANOPTES_STALE_HOURS" in refusal(folder=tmp_path, PANOPTES_STALE_HOURS="soon")


@pytest.mark.slow
def test_a_wrong_option_is_told_with_the_usage(tmp_path: Path) -> None:
    result = run("--prot", "5000", folder=tmp_path)
    assert result.returncode == 2
    assert "--prot" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("words", [["tokn"], ["token"], ["token", "add"]])
def test_a_wrong_command_is_told_with_the_usage(tmp_path: Path, words: list[str]) -> None:
    result = run(*words, folder=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("Usage: panoptes ")
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_help_lists_every_command(tmp_path: Path) -> None:
    text = run("--help", folder=tmp_path).stdout
    context = click.Context(panoptes)
    for name in COMMANDS:
        command = panoptes.get_command(context, name)
        assert command
        meaning = command.get_short_help_str(limit=100)
        assert re.search(rf"^  {name} +{re.escape(meaning)}$", text, re.MULTILINE)
        assert meaning in run(name, "--help", folder=tmp_path).stdout


def test_abbreviated_options_are_refused(tmp_path: Path) -> None:
    result = run("--verb", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "No such option" in result.stderr
    assert "--verb" in result.stderr


def test_options_of_the_server_are_not_those_of_a_command(tmp_path: Path) -> None:
    result = run("--db-url", "sqlite:///x.db", "token", "list", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "Options before a command are the server's" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="needs a folder that even root can't use")
def test_a_folder_that_cannot_be_written_to_is_told_in_one_line() -> None:
    assert "may its folder be written to?" in refusal("--port", "0", folder=Path("/proc"))


@pytest.mark.slow
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".panoptes.db"
    file.write_text("These are my notes, and not a database at all.\n" * 30)
    before = file.read_bytes()
    assert str(file) in refusal("--port", "0", folder=tmp_path)
    assert file.read_bytes() == before


@pytest.mark.slow
def test_another_programs_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / ".panoptes.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE workflows (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO workflows (name) VALUES ('mine')")
    connection.close()
    assert "another program" in refusal("--port", "0", folder=tmp_path)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM workflows").fetchall() == [("mine",)]
    connection.close()


@pytest.mark.slow
def test_the_app_is_there_for_any_wsgi_server(tmp_path: Path) -> None:
    code = "from panoptes.wsgi import app; print(app.test_client().get('/api/workflows').json)"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert result.stdout == "{'workflows': [], 'count': 0}\n", result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [["--version"], ["--help"], ["ls", "--help"], ["token", "add", "--help"],
     ["db", "check", "--help"], ["notify", "test", "--help"]],
)  # fmt: skip
def test_help_and_version_load_none_of_the_server(words: list[str]) -> None:
    code = f"import sys, panoptes.cli.main as c; assert c.main({words}) == 0;"
    code += (
        "print({'flask', 'sqlalchemy', 'rich', 'urllib.request'} & {*sys.modules}, file=sys.stderr)"
    )
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True
    )
    assert result.stderr == "set()\n"


def test_the_app_can_be_made_twice(sqlite_url: str) -> None:
    for _ in range(2):
        for app in serve(Settings(db_url=sqlite_url)):
            assert app.test_client().get("/api/workflows").status_code == 200
