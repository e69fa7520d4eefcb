"""The front doors that engines call, one module each."""

from panoptes.engines.snakemake.translator import SNAKEMAKE
from panoptes.web.intake import snakemake

# Paths to which events are posted -> what takes them, past Flask.
DOORS = {snakemake.UPDATES: snakemake.take_update}
# What `runs.engine` holds -> the engine of that name.
ENGINES = {engine.name: engine for engine in (SNAKEMAKE,)}

__all__ = ["DOORS", "ENGINES"]
