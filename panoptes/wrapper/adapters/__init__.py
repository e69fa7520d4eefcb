"""The adapters of engines, a module each, and which of them takes a command."""

from dataclasses import replace

from panoptes.wrapper.adapter import Adapter, Plan, Wishes
from panoptes.wrapper.adapters.cwltool import CWLTOOL
from panoptes.wrapper.adapters.generic import plan_any
from panoptes.wrapper.adapters.miniwdl import MINIWDL
from panoptes.wrapper.adapters.nextflow import NEXTFLOW
from panoptes.wrapper.adapters.snakemake import SNAKEMAKE
from panoptes.wrapper.adapters.toil import TOIL
from panoptes.wrapper.command import Command

ADAPTERS: tuple[Adapter, ...] = (SNAKEMAKE, NEXTFLOW, CWLTOOL, MINIWDL, TOIL)


def plan_for(command: Command, wishes: Wishes) -> Plan:
    """Return how a command is watched: by the adapter of its program, or else as any command."""
    try:
        for adapter in ADAPTERS:
            if command.name in adapter.programs and (plan := adapter.plan(command, wishes)):
                return plan
    except Exception as error:  # noqa: BLE001  # Whatever can't be read, the command shall run.
        hint = f"its engine can't report what happens: {error}"
        return replace(plan_any(command, wishes), hint=hint)
    return plan_any(command, wishes)
