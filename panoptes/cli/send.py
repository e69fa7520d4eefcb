"""`panoptes send`: sends what could not be sent while its server was away."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panoptes.common.errors import CannotRun
from panoptes.common.wording import count

if TYPE_CHECKING:
    from panoptes.sender import Delivery, Outbox, Spool
    from panoptes.sender.delivery import Trouble

# After each, a server that is busy or away is asked once more; in seconds.
PAUSES = (1.0, 2.0, 4.0)
UNREACHABLE = 5


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--url", metavar="URL", help="The server. [default: the one that was away]")
@click.option("--token", metavar="TOKEN", help="Its token. [default: as for the run itself]")
def send(files: tuple[Path, ...], url: str | None, token: str | None) -> None:
    """Send files of events that a run has left behind, and remove them.

    What the server has already is not counted twice, so a file may be sent again.
    """
    from panoptes.sender import BadSpool, read_spool

    for file in files:
        try:
            spool = read_spool(file)
        except (OSError, BadSpool) as error:
            raise CannotRun(f"{file}: {getattr(error, 'strerror', None) or error}", 2) from error
        try:
            _send(spool, file, url, token)
        finally:
            spool.close()


def _send(spool: "Spool", file: Path, url: str | None, token: str | None) -> None:
    from panoptes.sender import Delivery, Outbox, find_address
    from panoptes.sender.connection import Connection

    number = spool.count
    try:
        address = find_address(url or spool.url, token)
    except ValueError as error:
        raise CannotRun(str(error), 2) from error
    connection = Connection(address, "panoptes-send")
    outbox = Outbox(_no_other_file, spool)
    delivery = Delivery(connection, spool.run, outbox)
    pauses = iter(PAUSES)
    try:
        while trouble := _attempts(delivery, outbox):
            pause = next(pauses, None)
            if trouble.needs_help or pause is None:
                left = count(len(outbox), "event")
                code = 2 if trouble.needs_help else UNREACHABLE
                raise CannotRun(f"{trouble.text}; {left} stay in {file}.", code)
            time.sleep(max(pause, trouble.wait))
    finally:
        connection.close()
    if not number:
        spool.delete()
    refused = f", of which {delivery.refused} were refused" if delivery.refused else ""
    print(f"{count(number, 'event')} sent{refused}: {delivery.page or address.url}")


def _attempts(delivery: "Delivery", outbox: "Outbox") -> "Trouble | None":
    """Send until all is sent or there is trouble, which is returned."""
    while len(outbox):
        if trouble := delivery.attempt():
            return trouble
    return None


def _no_other_file(_first: int) -> "Spool":
    raise OSError("Nothing is added to what is sent.")
