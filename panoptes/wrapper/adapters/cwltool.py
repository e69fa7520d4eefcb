"""cwltool: its log on stderr tells all of it, so each line goes to the server as it is."""

import re
from pathlib import PurePath

from panoptes.wrapper.adapter import STDERR, Adapter, LineListener, Plan, Wishes
from panoptes.wrapper.command import Command

# Calls that run nothing.
_LOOKS = re.compile(r"-h|--(?:help|version|validate|pack|make-template|print-\S+|list-\S+)")


def plan(command: Command, _wishes: Wishes) -> Plan:
    """Return how a run of cwltool is watched."""
    if any(map(_LOOKS.fullmatch, command.arguments)):
        return Plan(command.words)
    return Plan(command.words, "cwltool", LineListener, reads=STDERR, name=_name(command))


def _name(command: Command) -> str:
    """Return what the CWL file is called, empty where no word names one."""
    files = (word.partition("#")[0] for word in command.arguments)
    return next((PurePath(file).stem for file in files if file.endswith(".cwl")), "")


CWLTOOL = Adapter(frozenset({"cwltool", "cwl-runner"}), plan)
