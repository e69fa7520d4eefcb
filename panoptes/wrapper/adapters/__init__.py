"""The adapters of engines, a module each, and which of them takes a command."""

from panoptes.wrapper.adapter import Adapter, Plan, Wishes
from panoptes.wrapper.adapters.generic import plan_any
from panoptes.wrapper.command import Command

ADAPTERS: tuple[Adapter, ...] = ()


def plan_for(command: Command, wishes: Wishes) -> Plan:
    """Return how a command is watched: by the adapter of its program, or else as any command."""
    for adapter in ADAPTERS:
        if command.name in adapter.programs and (plan := adapter.plan(command, wishes)):
            return plan
    return plan_any(command, wishes)
