"""Nextflow: its own client reports, by Tower where that can't end the run, else by weblog.

What an absent server does to a run, by the version of Nextflow (docs/connecting.md):

| Nextflow | with Tower | what is added |
| --- | --- | --- |
| up to 24.10 | the run doesn't begin; later, it goes on | Tower, if the server answers now |
| 25 | it goes on | Tower |
| 26 | the run ends, from 26.04.4 on after some minutes | weblog, which never harms |
| from 26.10 | the run ends after some minutes | weblog, if its plugin is set; else nothing |

A token goes with Tower alone. Whoever has set either, or has an account with a Seqera Platform,
keeps that; whatever can't report itself is watched as any command.
"""

import os
import re
from dataclasses import replace
from pathlib import Path

from panoptes.wrapper.adapter import Adapter, Plan, Wishes
from panoptes.wrapper.adapters.asking import Version, ask, beginning_of, trouble_with, version_of
from panoptes.wrapper.adapters.generic import plan_any
from panoptes.wrapper.command import Command

# From the first whose client of Tower ends a run to the first without a weblog of its own.
TOWER_ENDS_RUNS, NO_WEBLOG = (26,), (26, 10)
WEBLOG_PLUGIN = "nf-weblog"
TOWER, WEBLOG = "/api/tower", "/api/weblog"
TOKEN = "TOWER_ACCESS_TOKEN"  # noqa: S105  # nosec B105  # The name of a variable.
# Nextflow's client wants a token, and panoptes may have none.
ANY_TOKEN = "any"  # noqa: S105  # nosec B105
# Options of `nextflow` itself whose value is the next word.
_WITH_VALUE = frozenset({"-C", "-c", "-config", "-log", "-syslog", "-remote-debug"})
# In the launcher, a script: NXF_VER=${NXF_VER:-'24.10.6'}.
_LAUNCHER = re.compile(rb"NXF_VER=\$\{NXF_VER:-'?\"?([\d.]+)")
_TOWER = re.compile(r"^\s*tower\s*[.{]", re.MULTILINE)
_WEBLOG = re.compile(r"^\s*weblog\s*[.{]", re.MULTILINE)


def _plan(command: Command, wishes: Wishes) -> Plan:
    at = _place_of_run(command)
    options = {*command.arguments}
    config = _config()
    is_reported = options & {"-with-tower", "-with-weblog"} or TOWER in config or WEBLOG in config
    if at is None or is_reported or options & {"-h", "-help", "-preview"}:
        return Plan(command.words)
    theirs, address = os.environ.get(TOKEN, ""), wishes.address
    if not address.token:
        address = address._replace(token=theirs)
    if trouble := trouble_with(address):
        return _watched(command, wishes, f"{trouble}, and its tasks can't be reported later.")
    version = _version(command)
    has_account = "TOWER_API_ENDPOINT" in os.environ or theirs not in ("", address.token)
    if version and version < TOWER_ENDS_RUNS and not (has_account or _TOWER.search(config)):
        url = f"{address.url}{TOWER}"
        words = command.with_options("-with-tower", url, at=at)
        return Plan(words, environment={TOKEN: address.token or ANY_TOKEN})
    has_weblog = (version and version < NO_WEBLOG) or WEBLOG_PLUGIN in config
    if has_weblog and not wishes.address.token and not _WEBLOG.search(config):
        return Plan(command.with_options("-with-weblog", f"{address.url}{WEBLOG}", at=at))
    hint = f"its tasks are seen with -with-tower {address.url}{TOWER}, see docs/connecting.md."
    return _watched(command, wishes, hint)


def _watched(command: Command, wishes: Wishes, hint: str) -> Plan:
    """Return how a Nextflow is watched that doesn't report itself."""
    return replace(plan_any(command, wishes), hint=hint)


def _place_of_run(command: Command) -> int | None:
    """Return the place behind `run` among the arguments, None for another call of Nextflow."""
    words = iter(enumerate(command.arguments, 1))
    for at, word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return at if word == "run" else None
    return None


def _version(command: Command) -> Version | None:
    """Return the version that will run, without starting Java where its launcher tells it."""
    chosen = os.environ.get("NXF_VER", "")
    told = _LAUNCHER.search(beginning_of(command.words[command.program], 100_000))
    text = chosen or (told[1].decode() if told else "") or ask(command, "-v") or ""
    return version_of(text)


def _config() -> str:
    """Return what the usual files of settings say, as far as they can be read."""
    home = Path(os.environ.get("NXF_HOME") or Path.home() / ".nextflow")
    files = (file for file in (home / "config", Path("nextflow.config")) if file.is_file())
    return "\n".join(file.read_text("utf-8", "replace") for file in files)


NEXTFLOW = Adapter(frozenset({"nextflow"}), _plan)
