"""`panoptes doctor`: finds out why a run doesn't show up."""

import os
import re
import shutil
import subprocess  # nosec B404  # It asks installed programs for their versions, by fixed names.
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from panoptes import __version__
from panoptes.common.wording import count

if TYPE_CHECKING:
    from panoptes.sender import Address

ADDRESS = "SNAKEMAKE_LOGGER_PANOPTES_UI_ADDRESS"
TOKEN = "SNAKEMAKE_LOGGER_PANOPTES_UI_TOKEN"  # noqa: S105  # nosec B105  # Names of variables.
SPOOLS = (".snakemake/panoptes-ui", ".panoptes")
# Snakemake takes seconds to start.
PATIENCE = 60.0
TIME_LIMIT = 10.0


class Finding(NamedTuple):
    """Something that is as it should be, or else what to do about it."""

    is_right: bool
    text: str


@click.command()
@click.option("--url", metavar="URL", help="The server. [default: as Snakemake's plugin finds it]")
@click.option("--token", metavar="TOKEN", help="Its token. [default: likewise]")
def doctor(url: str | None, token: str | None) -> int:
    """Say why a run doesn't show up.

    Call it in the folder and in the environment in which Snakemake runs.
    """
    print(f"panoptes {__version__}, Python {sys.version.split()[0]}")
    wrong = 0
    for finding in _findings(url or os.environ.get(ADDRESS), token or os.environ.get(TOKEN)):
        print(f"{'ok   ' if finding.is_right else 'WRONG'}  {finding.text}")
        wrong += not finding.is_right
    return 1 if wrong else 0


def _findings(url: str | None, token: str | None) -> Iterator[Finding]:
    from panoptes.sender import BadAddress, find_address

    try:
        address = find_address(url, token)
    except BadAddress as error:
        yield Finding(False, str(error))
    else:
        yield from _server(address)
    yield from _snakemake()
    yield from _left_behind()


# --- the server -----------------------------------------------------------------------------------


def _server(address: "Address") -> Iterator[Finding]:
    from panoptes.client import Client, ClientError

    try:
        told = Client(address.url, address.token, TIME_LIMIT).service_info()
    except ClientError as error:
        yield Finding(False, f"{error} Set PANOPTES_URL, or give --logger-panoptes-ui-address.")
        return
    yield Finding(True, f"{address.url} is panoptes {told.version}")
    yield _right_to_report(address)


def _right_to_report(address: "Address") -> Finding:
    """Ask for a run without saying which: whoever may report is told what is missing."""
    from panoptes.sender.connection import Connection, Unanswered

    connection = Connection(address, "panoptes-doctor", TIME_LIMIT)
    shown = "the token" if address.token else "no token"
    try:
        status = connection.post("/api/runs", b"{}").status
    except Unanswered as silence:
        return Finding(False, f"{address.url} takes no runs: {silence}.")
    finally:
        connection.close()
    if status == 400:
        return Finding(True, f"Runs may be reported with {shown}.")
    if status in (401, 403):
        hint = "Make one with 'panoptes token add NAME', and set PANOPTES_TOKEN."
        return Finding(False, f"Runs may not be reported with {shown} ({status}). {hint}")
    return Finding(False, f"{address.url} takes no batches of events ({status}). Is it panoptes 2?")


# --- Snakemake ------------------------------------------------------------------------------------


def _snakemake() -> Iterator[Finding]:
    program = shutil.which("snakemake")
    if program is None:
        yield Finding(False, "There is no snakemake here: activate the environment that has it.")
        return
    code, version = _call(program, "--version")
    major = re.match(r"\d+", version)
    if code or major is None:
        yield Finding(False, f"{program} doesn't start: {version}")
        return
    yield Finding(True, f"{program} is Snakemake {version}")
    if int(major[0]) < 9:
        yield Finding(True, "Before Snakemake 9, no plugin is needed: use --wms-monitor ADDRESS.")
        return
    code, _ = _call(program, "--logger", "panoptes-ui", "--version")
    if code:
        how = "pip install snakemake-logger-plugin-panoptes-ui"
        yield Finding(False, f"It doesn't find the plugin: {how} into its environment.")
    else:
        yield Finding(True, "It finds the plugin: give it --logger panoptes-ui.")


def _call(*command: str) -> tuple[int, str]:
    """Return the exit code of a program, and the last line of what it prints, or else complains."""
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603  # It is the user's own program.
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return done.returncode, lines[-1] if lines else ""


def _left_behind() -> Iterator[Finding]:
    from panoptes.sender import BadSpool, read_spool

    for file in (file for folder in SPOOLS for file in sorted(Path(folder).glob("*.jsonl"))):
        try:
            spool = read_spool(file)
        except (OSError, BadSpool) as error:
            why = getattr(error, "strerror", None) or error
            yield Finding(False, f"{file} can't be read: {why}")
            continue
        spool.close()
        how = f"When its run is over: panoptes send {file}"
        yield Finding(False, f"{count(spool.count, 'event')} of a run could not be sent. {how}")
