"""What a client says of itself when it registers."""

import json

import pytest

from panoptes.engines.events import RunDescribed
from panoptes.engines.interface import Registration
from panoptes.engines.problems import Broken
from panoptes.engines.snakemake.registration import read_registration
from panoptes.engines.snakemake.translator import SNAKEMAKE


def registration(
    name: str | None, main_file: str | None, command: str | None, workdir: str | None
) -> Registration:
    details = {"main_file": main_file, "command": command, "workdir": workdir}
    return Registration(SNAKEMAKE, name, RunDescribed(details), locks_folder=True)


def of_command(command: str) -> Registration:
    return read_registration({}, "", json.dumps({"command": command}).encode())


def test_metadata_comes_as_a_form() -> None:
    body = b"snakefile=%2Fp%2FSnakefile&command=snakemake+-j2&workdir=%2Fp"
    found = read_registration({"name": "nightly"}, "application/x-www-form-urlencoded", body)
    assert found == registration("nightly", "/p/Snakefile", "snakemake -j2", "/p")


def test_metadata_comes_as_json_without_a_content_type() -> None:
    found = read_registration({}, "", b'{"command": "snakemake", "workdir": "/p", "snakefile": 3}')
    assert found == registration(None, None, "snakemake", "/p")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"name": "a"}, "a"),
        ({"workflow_id": "b"}, "b"),
        ({"name": "a", "workflow_id": "b"}, "a"),
        ({"name": "  ", "workflow_id": "b"}, "b"),
        ({"name": " a "}, "a"),
        ({}, None),
        ({"name": "x" * 500}, "x" * 200),
        ({"name": "a\0b"}, "a\ufffdb"),
    ],
)
def test_the_name_has_two_names(query: dict[str, str], name: str | None) -> None:
    assert read_registration(query, "", b"").name == name


def test_no_field_keeps_a_password_that_stood_in_an_address() -> None:
    address = "https://me:secret@host/p?token=secret"
    body = json.dumps(
        {"command": f"snakemake -s {address}", "snakefile": address, "workdir": address}
    )
    found = read_registration({"name": address}, "", body.encode())
    kept = "https://host/p?token=…"
    assert found == registration(kept, kept, f"snakemake -s {kept}", kept)


@pytest.mark.parametrize(
    ("command", "nothing"),
    [
        ("snakemake --unlock --wms-monitor x", True),
        ("snakemake --dag", True),
        ("snakemake -l", True),
        ("snakemake --lt", True),
        ("snakemake --lint=json", True),
        ("snakemake --report=x.html", True),
        ("snakemake -S -j2", True),
        ("snakemake -j2", False),
        ("snakemake -n", False),
        ("snakemake --cluster qsub -l mem=4G -j9", False),
        ("snakemake --config x=--dag-like", False),
        ("", False),
    ],
)
def test_calls_that_only_look_are_known_by_their_options(command: str, nothing: bool) -> None:
    assert of_command(command).runs_nothing is nothing


def test_a_broken_body_is_named() -> None:
    with pytest.raises(Broken):
        read_registration({}, "", b"{")


@pytest.mark.parametrize(
    ("command", "is_dry_run"),
    [
        ("snakemake -n", True),
        ("snakemake --dry-run -j2", True),
        ("snakemake --dryrun", True),
        ("snakemake -np", True),
        ("snakemake -Fn", True),
        ("snakemake -j2", False),
        ("snakemake -sSnakefile", False),
        ("snakemake --cluster qsub -n 4", False),
    ],
)
def test_a_dry_run_is_known_by_its_options(command: str, is_dry_run: bool) -> None:
    assert of_command(command).is_dry_run is is_dry_run


def test_a_folder_is_locked_unless_its_call_says_otherwise() -> None:
    assert of_command("snakemake -j2").locks_folder
    assert not of_command("snakemake --nolock -j2").locks_folder


@pytest.mark.parametrize(
    ("command", "state"),
    [
        ("snakemake -k --quiet -j2", {"quiet": True}),
        ("snakemake --quiet=rules", {"quiet": True}),
        ("snakemake -kq", {"quiet": True}),
        ("snakemake -j2", None),
        ("snakemake --cluster qsub -q long.q", None),
    ],
)
def test_a_command_tells_that_no_finished_job_will_be_reported(
    command: str, state: dict[str, bool] | None
) -> None:
    assert of_command(command).state == state
