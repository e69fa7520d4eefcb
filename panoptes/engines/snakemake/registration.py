"""What a client says of itself when it registers a run (`GET /create_workflow`)."""

import re
from collections.abc import Mapping
from typing import Any

from panoptes.common.text import clean_name, clean_text, without_passwords
from panoptes.engines.body import fields
from panoptes.engines.events import RunDescribed
from panoptes.engines.interface import Registration
from panoptes.engines.snakemake.translator import SNAKEMAKE, State

MAX_NAME = 200
MAX_COMMAND = 100_000
# No system takes a longer path.
MAX_PATH = 4096

# Calls that register and then run nothing (Snakemake 5.32 to 8 tell their command).
_RUNS_NOTHING = frozenset(
    """
    --archive --cleanup-containers --cleanup-metadata --cleanup-shadow --cm --conda-cleanup-envs
    --conda-create-envs-only --container-cleanup-images --containerize --create-envs-only --d3dag
    --dag --delete-all-output --delete-temp-output --detailed-summary --export-cwl --filegraph
    --generate-unit-tests --lc --li --lint --list --list-changes --list-code-changes
    --list-conda-envs --list-input-changes --list-params-changes --list-rules --list-target-rules
    --list-untracked --list-version-changes --lp --lt --lu --lv --print-compilation --report
    --rulegraph --summary --unlock
    """.split()  # noqa: SIM905  # So many options read better as a text.
)
_RUNS_NOTHING_SHORT = re.compile(r"-[lSD]")
_DRY_RUN = frozenset({"--dry-run", "--dryrun"})
# Also together with others, as in `-np`.
_DRY_RUN_SHORT = re.compile(r"-[Ffkpqrt]*n[Ffkpqrt]*")
# With any value, as in `--quiet rules`; `-q` is one of those that may stand with others.
_QUIET = frozenset({"--quiet"})
_QUIET_SHORT = re.compile(r"-[Ffknprt]*q[Ffknprt]*")
# The command comes unquoted, so `--cluster "qsub -l h_vmem=4G"` can't be told from `-l`.
_HOLDS_OTHER_COMMANDS = re.compile(r"--(?:cluster|drmaa)")


def read_registration(query: Mapping[str, str], content_type: str, body: bytes) -> Registration:
    """Return what a client says in the query and in the body of its GET. Raises Broken.

    The name comes as `name` (Snakemake 5.32 to 8, plugin 0.2.0 and 0.2.1) or as `workflow_id`
    (plugin from 0.2.2); the rest is a form, or JSON from Snakemake 7.32. Addresses come out
    without their passwords.
    """
    form = fields(content_type, body) if body else {}
    command = _text(form.get("command"), MAX_COMMAND)
    details = {
        "main_file": _text(form.get("snakefile"), MAX_PATH),
        "command": command,
        "workdir": _text(form.get("workdir"), MAX_PATH),
    }
    return Registration(
        engine=SNAKEMAKE,
        name=_name(query.get("name")) or _name(query.get("workflow_id")),
        described=RunDescribed(details),
        runs_nothing=runs_nothing(command or ""),
        is_dry_run=_has_option(command or "", _DRY_RUN, _DRY_RUN_SHORT),
        state=first_state(command or ""),
        locks_folder="--nolock" not in (command or "").split(),
    )


def runs_nothing(command: str) -> bool:
    """Return whether a command does something else than running jobs."""
    return _has_option(command, _RUNS_NOTHING, _RUNS_NOTHING_SHORT)


def first_state(command: str) -> Mapping[str, Any] | None:
    """Return what the translator has to know of a command from the beginning."""
    return State(quiet=_has_option(command, _QUIET, _QUIET_SHORT)).dump() or None


def _has_option(command: str, options: frozenset[str], short: re.Pattern[str]) -> bool:
    """Return whether a command has one of some options, also as a short one."""
    words = {word.split("=")[0] for word in command.split()}
    if options.intersection(words):
        return True
    is_plain = not _HOLDS_OTHER_COMMANDS.search(command)
    return is_plain and any(short.fullmatch(word) for word in words)


def _name(value: str | None) -> str | None:
    return _text(clean_name(value or ""), MAX_NAME)


def _text(value: Any, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    return without_passwords(clean_text(value).strip()[:limit]) or None
