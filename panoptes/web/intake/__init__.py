"""The front doors that engines call, one module each."""

from panoptes.web.intake import snakemake

# Paths to which events are posted -> what takes them, past Flask.
DOORS = {snakemake.UPDATES: snakemake.take_update}

__all__ = ["DOORS"]
