"""Snakemake: it reports itself, by the plugin or the option that its version has.

| Snakemake | what is added |
| --- | --- |
| from 9, with our plugin | `--logger panoptes-ui`; the rest is in its environment |
| from 9, with the stock one | `--logger panoptes` and its options |
| 5.27 to 8 | `--wms-monitor` |

The last two are in the way of a run where the server is away, so it is asked first. Whatever can't
report itself is watched as any command.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from panoptes.wrapper.adapter import Adapter, Plan, Wishes
from panoptes.wrapper.adapters.asking import (
    Version,
    ask,
    has_package,
    installed_version,
    package_folders,
    trouble_with,
    version_of,
    with_token,
)
from panoptes.wrapper.adapters.generic import plan_any
from panoptes.wrapper.command import Command

OURS, STOCK = "snakemake_logger_plugin_panoptes_ui", "snakemake_logger_plugin_panoptes"
STOCK_ADDRESS = "SNAKEMAKE_LOGGER_PANOPTES_ADDRESS"
SETTING = "SNAKEMAKE_LOGGER_PANOPTES_UI_"
INSTALL = "to see its jobs: pip install snakemake-logger-plugin-panoptes-ui, where Snakemake is."
# From the first that reports to the last before the plugins.
REPORTS, NAMES_RUNS, HAS_PLUGINS = (5, 27), (6, 10), (9,)
# These end with a TypeError where they report and their Snakefile isn't named.
NEEDS_SNAKEFILE = ((7, 29), (8, 2))
SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")

# Calls that run nothing, so that there is nothing to watch.
_RUNS_NOTHING = frozenset(
    """
    --archive --cleanup-containers --cleanup-metadata --cleanup-shadow --conda-cleanup-envs
    --conda-create-envs-only --container-cleanup-images --containerize --create-envs-only --d3dag
    --dag --delete-all-output --delete-temp-output --detailed-summary --dry-run --dryrun
    --export-cwl --filegraph --generate-unit-tests --help --lint --list --list-changes
    --list-code-changes --list-conda-envs --list-input-changes --list-params-changes --list-rules
    --list-target-rules --list-untracked --list-version-changes --print-compilation --report
    --rulegraph --summary --unlock --version
    """.split()  # noqa: SIM905  # So many options read better as a text.
)
# `-n`, also together with others, as in `-np`.
_SHORT = re.compile(r"-(?:[hlvSD]|[Ffkpqrt]*n[Ffkpqrt]*)")


def _plan(command: Command, wishes: Wishes) -> Plan:
    own = _own_words(command)
    if any(word.split("=")[0] in _RUNS_NOTHING or _SHORT.fullmatch(word) for word in own):
        return Plan(command.words)
    if _is_reported(own):
        return Plan(command.words, environment=_environment(wishes))
    folders = package_folders(command)
    version = installed_version(folders, "snakemake") or _asked_version(command)
    if version is None:
        return _watched(command, wishes, "the version of Snakemake can't be found out.")
    if version >= HAS_PLUGINS:
        return _by_plugin(command, wishes, folders)
    if version < REPORTS:
        return _watched(command, wishes, f"Snakemake {_shown(version)} can't report its jobs.")
    return _by_monitor(command, wishes, version)


def _own_words(command: Command) -> tuple[str, ...]:
    """Return the arguments up to `--`, behind which there are only targets."""
    words = command.arguments
    return words[: words.index("--")] if "--" in words else words


def _is_reported(own: tuple[str, ...]) -> bool:
    """Return whether somebody has seen to it that the run reports itself."""
    names = [word.split("=")[0] for word in own]
    if "--wms-monitor" in names or any(_loggers(own, name) for name in ("panoptes", "panoptes-ui")):
        return True
    settings = _profile_settings(own)
    return "wms-monitor" in settings or "panoptes" in settings.get("logger", "")


def _loggers(own: tuple[str, ...], name: str) -> bool:
    return f"--logger={name}" in own or ("--logger" in own and name in own)


def _asked_version(command: Command) -> Version | None:
    return version_of(ask(command, "--version") or "")


def _shown(version: Version) -> str:
    return ".".join(map(str, version))


def _watched(command: Command, wishes: Wishes, hint: str) -> Plan:
    """Return how a Snakemake is watched that doesn't report itself."""
    return replace(plan_any(command, wishes), hint=hint)


# --- from 9 on ------------------------------------------------------------------------------------


def _by_plugin(command: Command, wishes: Wishes, folders: list[Path]) -> Plan:
    own = _own_words(command)
    if any(word.startswith("--logger=") for word in own) or "logger" in _profile_settings(own):
        hint = "another logger is named, and a second one would replace it: add panoptes-ui to it."
        return _watched(command, wishes, hint)
    if has_package(folders, OURS) or (not folders and _takes_ours(command)):
        words = _with_logger(command, "panoptes-ui")
        return Plan(words, environment=_environment(wishes))
    if "--logger" in own or not has_package(folders, STOCK):
        return _watched(command, wishes, INSTALL)
    if trouble := trouble_with(wishes.address):
        return _watched(command, wishes, f"{trouble}, and its plugin would wait for that.")
    options = ("--logger-panoptes-workflow-id", wishes.name or Path.cwd().name)
    words = _behind(command, "--logger", "panoptes", *options)
    # It knows a token from the address alone, which nobody else reads there.
    return Plan(words, environment={STOCK_ADDRESS: with_token(wishes.address)})


def _takes_ours(command: Command) -> bool:
    return ask(command, "--logger", "panoptes-ui", "--version") is not None


def _with_logger(command: Command, name: str) -> tuple[str, ...]:
    """Return the words with a logger beside those that are named."""
    if "--logger" in _own_words(command):
        at = command.arguments.index("--logger") + 1
        return command.with_options(name, at=at)
    return _behind(command, "--logger", name)


def _behind(command: Command, *options: str) -> tuple[str, ...]:
    """Return the words with options at the end, where they take no target for their own."""
    return command.with_options(*options, at=len(_own_words(command)))


def _environment(wishes: Wishes) -> dict[str, str]:
    """Return what tells our plugin of the wishes; options and settings of its own come first."""
    told = {"PANOPTES_URL": wishes.address.url}
    if wishes.address.token:
        told["PANOPTES_TOKEN"] = wishes.address.token
    if wishes.name:
        told[f"{SETTING}NAME"] = wishes.name
    if wishes.labels:
        told[f"{SETTING}LABELS"] = ",".join(wishes.labels)
    if wishes.note:
        told[f"{SETTING}NOTE"] = wishes.note
    if wishes.logs != "failed":
        told[f"{SETTING}LOGS"] = wishes.logs
    if wishes.allow_stop:
        told[f"{SETTING}ALLOW_STOP"] = "true"
    return told


# --- before 9 -------------------------------------------------------------------------------------


def _by_monitor(command: Command, wishes: Wishes, version: Version) -> Plan:
    if trouble := trouble_with(wishes.address):
        return _watched(command, wishes, f"{trouble}, and Snakemake would end because of that.")
    options: tuple[str, ...] = ()
    if NEEDS_SNAKEFILE[0] <= version < NEEDS_SNAKEFILE[1] and not _names_snakefile(command):
        found = next((name for name in SNAKEFILES if Path(name).is_file()), None)
        if found is None or any(_profile_files(_own_words(command))):
            hint = f"Snakemake {_shown(version)} can report its jobs only with -s SNAKEFILE."
            return _watched(command, wishes, hint)
        options = ("--snakefile", found)
    if version >= NAMES_RUNS:
        options += ("--wms-monitor-arg", f"name={wishes.name or Path.cwd().name}")
    words = _behind(command, *options, "--wms-monitor", wishes.address.url)
    token = wishes.address.token
    is_given = "WMS_MONITOR_TOKEN" in os.environ
    return Plan(words, environment={"WMS_MONITOR_TOKEN": token} if token and not is_given else {})


def _names_snakefile(command: Command) -> bool:
    return any(
        re.match(r"-s(?!-)|--snakefile(?:=|$)", word) is not None for word in _own_words(command)
    )


# --- profiles -------------------------------------------------------------------------------------

_PROFILES = ("--profile", "--workflow-profile")
_SETTING = re.compile(r"^(logger|wms-monitor):(.*(?:\n[ \t-].*)*)", re.MULTILINE)


def _profile_settings(own: tuple[str, ...]) -> dict[str, str]:
    """Return what profiles say of loggers and monitors, as it stands there."""
    found: dict[str, str] = {}
    for file in _profile_files(own):
        with suppress(OSError):  # Snakemake says so better.
            found |= dict(_SETTING.findall(file.read_text("utf-8", "replace")))
    return found


def _profile_files(own: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of the profiles that a call reads."""
    named = [own[at + 1] for at, word in enumerate(own[:-1]) if word in _PROFILES]
    named += [word.partition("=")[2] for word in own if word.split("=")[0] in _PROFILES]
    named += [os.environ.get("SNAKEMAKE_PROFILE", ""), "profiles/default"]
    homes = (Path(), Path.home() / ".config/snakemake", Path("/etc/xdg/snakemake"))
    for name in {*named, "workflow/profiles/default"} - {""}:
        for home in homes:
            yield from sorted((home / name).glob("config*.yaml"))


SNAKEMAKE = Adapter(frozenset({"snakemake"}), _plan)
