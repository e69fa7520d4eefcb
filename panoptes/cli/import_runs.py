"""`panoptes import`: runs that nobody watched, from the files that their engines left."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from panoptes.cli.remote.options import asks_server, print_json
from panoptes.common.errors import CannotRun

if TYPE_CHECKING:
    from panoptes.cli.imports.sending import Sent
    from panoptes.cli.imports.source import ImportedRun, Source
    from panoptes.client import Client

KINDS = ("cwltool-log", "miniwdl-log", "nextflow-trace", "snakemake-log", "toil-bus")


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE_OR_FOLDER…")
@click.option("--kind", type=click.Choice(KINDS), help="What it is. [default: what it looks like]")
@click.option("--name", metavar="NAME", help="The workflow's name. [default: the folder's]")
@click.option("--again", is_flag=True, help="Add a run also for what was imported before.")
@asks_server
def import_runs(
    client: "Client",
    files: tuple[str, ...],
    kind: str | None,
    name: str | None,
    *,
    again: bool,
    as_json: bool,
) -> int:
    """Import runs that nobody watched.

    It reads the files that their engines left:

    \b
    snakemake-log   a log of Snakemake 5 to 9: .snakemake/log/*.log
    nextflow-trace  a trace of Nextflow: nextflow run … -with-trace
    cwltool-log     what cwltool printed: cwltool --timestamps … 2> FILE
    miniwdl-log     the folder of a run of miniwdl
    toil-bus        messages of Toil: toil-cwl-runner --writeMessages FILE …

    A folder stands for the logs in it and in its .snakemake/log, '-' for standard input. What is
    imported twice is there once. Nobody is notified, and what isn't in a file is left unknown.
    """  # noqa: D301  # Behind \b, lines stay as they are.
    sources = _sources(files)
    try:
        read = [(source, _read(source, kind)) for source in sources]
        found = [(source, run) for source, run in read if run is not None]
        for _, run in found:
            run.name = name or run.name
        _send(client, found, again=again, as_json=as_json)
    finally:
        for source in sources:
            source.close()
    return 0 if len(found) == len(sources) else 2


def _send(
    client: "Client", found: "list[tuple[Source, ImportedRun]]", *, again: bool, as_json: bool
) -> None:
    """Send runs, and say what became of each."""
    from panoptes.cli.imports.sending import new_uid, send_run

    imported = []
    notes: dict[str, None] = {}
    # Runs are numbered in the order in which they come.
    for source, run in sorted(found, key=lambda each: each[1].began):
        if again:
            run.uid = new_uid()
        sent = send_run(client, run)
        imported.append(_as_json(source, run, sent))
        if not as_json:
            click.echo(_told(source, run, sent))
        if sent.is_new:
            notes |= dict.fromkeys(run.always)
    if as_json:
        print_json(imported)
    else:
        click.echo("\n".join(notes), nl=bool(notes))


def _read(source: "Source", kind: str | None) -> "ImportedRun | None":
    """Read a file; where it tells of no run, say why and return None."""
    from panoptes.cli.imports.kinds import read_run
    from panoptes.cli.imports.source import NoSuchRun

    try:
        return read_run(source, kind)
    except (NoSuchRun, OSError) as error:
        why = getattr(error, "strerror", None) or error
        click.echo(f"panoptes: {source.shown}: {why}", err=True)
        return None


def _sources(files: tuple[str, ...]) -> list["Source"]:
    """Return what is to be read. Raises CannotRun."""
    from panoptes.cli.imports.kinds import files_in
    from panoptes.cli.imports.source import Source, copy_of_input

    sources = []
    for file in files:
        path = Path(file)
        if file == "-":
            sources.append(copy_of_input())
        elif path.is_dir():
            found = list(files_in(path))
            if not found:
                raise CannotRun(f"{path}: There is no log in this folder.")
            sources += [Source(each) for each in found]
        else:
            sources.append(Source(path))
    return sources


def _told(source: "Source", run: "ImportedRun", sent: "Sent") -> str:
    """Return what people read of a run that was sent, or needn't be."""
    if sent.was_watched:
        return f"{source.shown}: this run was watched: {sent.page}"
    if sent.is_known:
        return f"{source.shown}: this was imported before: {sent.page}"
    refused = [f"{sent.refused} events were refused."] if sent.refused else []
    lines = [f"{source.shown}: {run.told} imported: {sent.page}", *run.notes, *refused]
    return "\n  ".join(lines)


def _as_json(source: "Source", run: "ImportedRun", sent: "Sent") -> dict[str, Any]:
    return {
        "file": source.shown,
        "url": sent.page,
        "imported": sent.is_new,
        "was_watched": sent.was_watched,
        "notes": [*run.notes, *run.always],
    }
