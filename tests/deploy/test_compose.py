"""What docs/deployment.md says of docker-compose is so, as docker-compose reads the files."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from devtools import postgres
from devtools.running import ROOT
from panoptes.config.settings import load
from tests.docs.blocks import blocks_of

pytestmark = pytest.mark.external

DOCUMENT = ROOT / "docs/deployment.md"
POSTGRES = ROOT / "deploy/docker-compose.postgres.yaml"
MISSING = "needs docker-compose, but not Docker: install docker-compose"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example of settings, in a file of its own."""
    (text,) = (each.text for each in blocks_of(DOCUMENT, "yaml") if "services:" in each.text)
    file = tmp_path / "example.yaml"
    file.write_text(text)
    return file


def services(*files: Path) -> dict[str, Any]:
    """Return what docker-compose makes of its files, the last word being that of the last."""
    if not shutil.which("docker-compose"):
        pytest.skip(MISSING)
    named = [part for file in (ROOT / "docker-compose.yaml", *files) for part in ("-f", str(file))]
    command = ["docker-compose", "--project-directory", str(ROOT), *named, "config"]
    env = {**os.environ, "POSTGRES_PASSWORD": "s3cret"}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


def settings(service: dict[str, Any]) -> dict[str, str]:
    """Return the settings that a service has beyond those of its image."""
    given = {name: str(value) for name, value in service.get("environment", {}).items()}
    load({}, given)
    return given


def test_without_a_word_it_is_panoptes_alone() -> None:
    found = services()
    assert found.keys() == {"panoptes"}
    assert settings(found["panoptes"]) == {}


def test_with_postgresql_the_same_service_waits_for_it_and_uses_it() -> None:
    found = services(POSTGRES)
    assert found.keys() == {"panoptes", "postgres"}
    assert found["panoptes"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    url = settings(found["panoptes"])["PANOPTES_DB_URL"]
    assert url == "postgresql+psycopg://panoptes:s3cret@postgres/panoptes"
    assert found["postgres"]["environment"]["POSTGRES_PASSWORD"] == "s3cret"
    assert found["panoptes"]["networks"].keys() == {"default", "database"}
    assert found["postgres"]["networks"].keys() == {"database"}


@pytest.mark.parametrize("database", [[], [POSTGRES]], ids=["sqlite", "postgres"])
def test_the_example_of_settings_reaches_the_server_that_runs(
    database: list[Path], example: Path
) -> None:
    before = settings(services(*database)["panoptes"])
    added = yaml.safe_load(example.read_text())["services"]["panoptes"]["environment"]
    assert settings(services(*database, example)["panoptes"]) == {**before, **added}


def test_every_service_that_a_command_names_is_there() -> None:
    named = re.findall(r"docker-compose (?:exec(?: -T)?|start|stop) (\S+)", DOCUMENT.read_text())
    assert set(named) == services(POSTGRES).keys()


def test_a_copy_of_postgresql_can_be_gone_back_to(tmp_path: Path) -> None:
    """The documented commands, with programs of this machine instead of the container's."""
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip(postgres.MISSING)
    (text,) = (each.text for each in blocks_of(DOCUMENT, "sh") if "pg_dump" in each.text)
    dump, restore = re.findall(r"docker-compose exec -T postgres (.+)", text)
    with postgres.running_cluster(binaries) as cluster:
        environment = {"PGHOST": str(cluster.folder), "PATH": str(binaries)}

        def run(command: str) -> None:
            command = command.replace("copy.dump", shlex.quote(str(tmp_path / "copy.dump")))
            subprocess.run(["/bin/sh", "-c", command], env=environment, check=True)

        def execute(*statements: str, database: str = "panoptes") -> list[Any]:
            url = cluster.url.format(name=database).replace("+psycopg", "")
            with psycopg.connect(url, autocommit=True) as connection:
                found = [connection.execute(each) for each in statements][-1]
                return found.fetchall() if found.description else []

        execute("CREATE DATABASE panoptes", database="postgres")
        execute("CREATE TABLE kept (word TEXT)", "INSERT INTO kept VALUES ('before')")
        run(dump)
        execute("UPDATE kept SET word = 'after'")
        run(restore)
        assert execute("SELECT word FROM kept") == [("before",)]
        execute("DROP TABLE kept")
        run(restore)
        assert execute("SELECT word FROM kept") == [("before",)]
