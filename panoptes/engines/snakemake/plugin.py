"""Snakemake 9 as our own plugin reports it: by the door for batches, in numbered events."""

from typing import Any

from panoptes.common.text import without_passwords
from panoptes.engines.body import fields
from panoptes.engines.events import RunDescribed
from panoptes.engines.fields import (
    MAX_ITEM,
    MAX_KEY,
    Fields,
    config_files_of,
    labels_of,
    note_of,
    text_of,
)
from panoptes.engines.interface import BatchReader, Engine, Registration, Sent
from panoptes.engines.snakemake.plugin_events import read_event
from panoptes.engines.snakemake.registration import MAX_COMMAND, MAX_PATH, first_state, runs_nothing
from panoptes.engines.snakemake.sayings import Message
from panoptes.engines.snakemake.translator import translate

# What the plugin tells of a run -> the column of `runs` that holds it, and how much of it.
_DESCRIPTION = {
    "snakefile": ("main_file", MAX_PATH),
    "command": ("command", MAX_COMMAND),
    "workdir": ("workdir", MAX_PATH),
    "user": ("user", MAX_KEY),
    "host": ("host", MAX_ITEM),
    "version": ("engine_version", MAX_KEY),
    "platform": ("platform", MAX_ITEM),
}

# Of four signs of life, three may get lost; in seconds.
SILENCE_LIMIT = 120


def describe(description: Fields) -> Registration:
    """Return the registration of a run that the plugin describes so."""
    details: dict[str, Any] = {}
    for name, (column, most) in _DESCRIPTION.items():
        if (text := text_of(description, name, most)) is not None:
            details[column] = without_passwords(text)
    if files := config_files_of(description, "configfiles"):
        details["config_files"] = files
    said = {"labels": labels_of(description), "note": note_of(description)}
    details |= {name: value for name, value in said.items() if value}
    if description.get("allow_stop") is True:
        details["allow_stop"] = True
    # With "none", it sends no log, also none that somebody looks at.
    if description.get("logs") in ("failed", "all"):
        details["sends_logs"] = True
    details["silence_limit"] = SILENCE_LIMIT
    command = details.get("command", "")
    return Registration(
        engine=PLUGIN,
        name=None,
        described=RunDescribed(details),
        runs_nothing=runs_nothing(command),
        state=first_state(command),
        locks_folder="--nolock" not in command.split(),
    )


def _read_sent(sent: Sent) -> Message:
    return read_event(fields(*sent))


PLUGIN = Engine("snakemake", translate, _read_sent, "plugin")
PLUGIN_BATCHES = BatchReader(PLUGIN, describe, read_event)
