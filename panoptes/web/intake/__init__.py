"""The front doors that engines call, one module each."""

from panoptes.engines.cwltool.translator import CWLTOOL_BATCHES
from panoptes.engines.generic.translator import GENERIC_BATCHES
from panoptes.engines.miniwdl.translator import MINIWDL_BATCHES
from panoptes.engines.nextflow.translator import NEXTFLOW, NEXTFLOW_BATCHES
from panoptes.engines.snakemake.plugin import PLUGIN_BATCHES
from panoptes.engines.snakemake.translator import SNAKEMAKE
from panoptes.engines.toil.translator import TOIL_CWL_BATCHES, TOIL_WDL_BATCHES
from panoptes.web.intake import batches, snakemake, tower, weblog

# Paths to which events are posted -> what takes them, past Flask.
DOORS = {snakemake.UPDATES: snakemake.take_update, weblog.EVENTS: weblog.take_event}
# What `runs.engine` holds -> what reads the batches of that engine (`POST /api/runs`).
_READERS = (
    GENERIC_BATCHES,
    NEXTFLOW_BATCHES,
    PLUGIN_BATCHES,
    CWLTOOL_BATCHES,
    MINIWDL_BATCHES,
    TOIL_CWL_BATCHES,
    TOIL_WDL_BATCHES,
)
BATCH_READERS = {reader.engine.name: reader for reader in _READERS}
# What `runs.engine` and `runs.dialect` hold -> the engine that reports so.
_ALL = (SNAKEMAKE, NEXTFLOW, *(reader.engine for reader in BATCH_READERS.values()))
ENGINES = {engine.key: engine for engine in _ALL}

__all__ = ["BATCH_READERS", "DOORS", "ENGINES", "batches", "tower"]
