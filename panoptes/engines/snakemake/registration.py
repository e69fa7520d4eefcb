"""What a client says of itself when it registers a run (`GET /create_workflow`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panoptes.common.text import clean_text
from panoptes.engines.snakemake.body import fields

MAX_NAME = 200
MAX_METADATA = 100_000

# Calls that register and then run nothing (Snakemake 5.32 to 8 tell their command).
_RUNS_NOTHING = frozenset(
    {
        "--archive",
        "--cleanup-containers",
        "--cleanup-metadata",
        "--cleanup-shadow",
        "--cm",
        "--conda-cleanup-envs",
        "--conda-create-envs-only",
        "--container-cleanup-images",
        "--containerize",
        "--create-envs-only",
        "--d3dag",
        "--dag",
        "--delete-all-output",
        "--delete-temp-output",
        "--detailed-summary",
        "--export-cwl",
        "--filegraph",
        "--generate-unit-tests",
        "--lc",
        "--li",
        "--lint",
        "--list",
        "--list-changes",
        "--list-code-changes",
        "--list-conda-envs",
        "--list-input-changes",
        "--list-params-changes",
        "--list-rules",
        "--list-target-rules",
        "--list-untracked",
        "--list-version-changes",
        "--lp",
        "--lt",
        "--lu",
        "--lv",
        "--print-compilation",
        "--report",
        "--rulegraph",
        "--summary",
        "--unlock",
    }
)
_RUNS_NOTHING_SHORT = frozenset({"-l", "-S", "-D"})
_WORD = re.compile(r"\S+")
# The command comes unquoted, so `--cluster "qsub -l h_vmem=4G"` can't be told from `-l`.
_HOLDS_OTHER_COMMANDS = re.compile(r"--(?:cluster|drmaa)")


@dataclass(frozen=True, slots=True)
class Registration:
    """One call of `/create_workflow`; what the client didn't say is None.

    `command` comes without the password that stood in an address of it.
    """

    name: str | None = None
    snakefile: str | None = None
    command: str | None = None
    workdir: str | None = None

    @property
    def runs_nothing(self) -> bool:
        """Whether the command is one that only looks (`--dag`, `--unlock`, `--list`)."""
        words = {word.split("=")[0] for word in (self.command or "").split()}
        if _RUNS_NOTHING.intersection(words):
            return True
        return not _HOLDS_OTHER_COMMANDS.search(self.command or "") and bool(
            _RUNS_NOTHING_SHORT.intersection(words)
        )


def read_registration(query: Mapping[str, str], content_type: str, body: bytes) -> Registration:
    """Return what a client tells in the query and in the body of its GET. Raises Broken.

    The name comes as `name` (Snakemake 5.32 to 8, plugin 0.2.0 and 0.2.1) or as `workflow_id`
    (plugin from 0.2.2); the rest is a form, or JSON from Snakemake 7.32.
    """
    got = fields(content_type, body) if body else {}
    return Registration(
        name=_text(query.get("name"), MAX_NAME) or _text(query.get("workflow_id"), MAX_NAME),
        snakefile=_text(got.get("snakefile"), MAX_METADATA),
        command=_without_password(_text(got.get("command"), MAX_METADATA)),
        workdir=_text(got.get("workdir"), MAX_METADATA),
    )


def _text(value: Any, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    return clean_text(value).strip()[:limit] or None


def _without_password(command: str | None) -> str | None:
    """Return a command whose addresses have no users and passwords."""
    return command and _WORD.sub(lambda word: _without_user(word[0]), command)


def _without_user(word: str) -> str:
    scheme, found, rest = word.partition("://")
    # Up to the last @ of the word: a password may hold one.
    return scheme + found + rest.rpartition("@")[2]
