"""Which kinds of files can be imported, and by what each is recognised."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from panoptes.cli.imports import (
    cwltool_log,
    miniwdl_folder,
    nextflow_trace,
    snakemake_run,
    toil_bus,
)
from panoptes.cli.imports.source import ImportedRun, NoSuchRun, Source


class Kind(NamedTuple):
    """A kind of files: its name for `--kind`, and how one is recognised and read.

    `read` raises NoSuchRun and OSError.
    """

    name: str
    recognise: Callable[[Source], bool]
    read: Callable[[Source], ImportedRun]


KINDS = (
    Kind("nextflow-trace", nextflow_trace.is_trace, nextflow_trace.read_run),
    Kind("toil-bus", toil_bus.is_bus, toil_bus.read_run),
    Kind("miniwdl-log", miniwdl_folder.is_log, miniwdl_folder.read_run),
    Kind("cwltool-log", cwltool_log.is_log, cwltool_log.read_run),
    Kind("snakemake-log", snakemake_run.is_log, snakemake_run.read_run),
)
UNKNOWN = (
    "It is none of the files that can be imported: a log of Snakemake (.snakemake/log), a trace of"
    " Nextflow (-with-trace), a log of cwltool or of miniwdl, or the messages of Toil"
    " (--writeMessages). --kind says which it is meant to be."
)


def read_run(source: Source, kind: str | None) -> ImportedRun:
    """Read a file, of a kind or of the one that it looks like. Raises NoSuchRun and OSError."""
    for each in KINDS:
        if each.name == kind or (kind is None and each.recognise(source)):
            return each.read(source)
    raise NoSuchRun(UNKNOWN if source.beginning() else "The file is empty.")


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that can be imported: the logs of the runs in it."""
    for logs in (folder, folder / "log", folder / ".snakemake" / "log"):
        yield from sorted(logs.glob("*.snakemake.log"))
    yield from (log for name in miniwdl_folder.LOGS if (log := folder / name).is_file())
