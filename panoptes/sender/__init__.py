"""Sends what an engine says to a server, in numbered batches, without ever being in its way.

A program that watches an engine makes a `Sender` and gives it events; a thread does the rest. What
a server can't take now waits in memory and then in a file (a spool), and what is left at the end is
sent later from there: `panoptes send FILE`. Events are numbered and the run has an id of its own,
so that anything may be sent twice.

It needs the standard library alone and imports nothing else of panoptes, for it is also a part of
the plugin for Snakemake, which is a distribution of its own (`plugins/`): hence the relative
imports.
"""

from .address import Address, BadAddress, find_address
from .delivery import Delivery
from .outbox import Outbox
from .secrets import without_secrets
from .sender import Sender
from .spool import BadSpool, Spool, read_spool

__all__ = [
    "Address",
    "BadAddress",
    "BadSpool",
    "Delivery",
    "Outbox",
    "Sender",
    "Spool",
    "find_address",
    "read_spool",
    "without_secrets",
]
