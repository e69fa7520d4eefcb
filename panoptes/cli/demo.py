"""`panoptes demo`: serves a throwaway database with a made-up week of runs."""

import threading
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from panoptes.common import clock
from panoptes.config.settings import load

if TYPE_CHECKING:
    from flask import Flask

    from panoptes.cli.made_up.week import Step

# The form that engines send.
FORM = "application/x-www-form-urlencoded"


@click.command()
@click.option(
    "--port", default="0", metavar="PORT", help="Port to listen on. [default: a free one]"
)
def demo(port: str) -> None:
    """Serve a made-up week of runs, of which nothing is kept."""
    from panoptes.app import create_app  # Help loads none of this.
    from panoptes.cli.made_up.week import nights, under_way
    from panoptes.cli.serve import serve

    with TemporaryDirectory(prefix="panoptes-demo-") as folder:
        options = {"db_url": f"sqlite:///{folder}/demo.db", "port": port}
        settings = load(options, environ={})
        app = create_app(settings)
        for name, steps in nights(clock.utcnow()):
            _report(app, name, steps)
        over = threading.Event()
        going_on = (app, "rnaseq", under_way(clock.utcnow()), over)
        reporting = threading.Thread(target=_report, args=going_on, daemon=True)
        reporting.start()
        print("This is a demonstration with made-up runs; they are gone when it stops.\n")
        serve(settings)
        over.set()
        reporting.join()


def _report(
    app: "Flask", name: str, steps: "list[Step]", over: threading.Event | None = None
) -> None:
    """Report a run's steps at their times: those of the past at once, the others when they come."""
    from panoptes.cli.made_up.reporter import Reporter
    from panoptes.cli.made_up.week import COMMAND

    client = app.test_client()

    def send(method: str, path: str, body: str) -> bytes:
        return bytes(client.open(path, method=method, data=body, content_type=FORM).data)

    with clock.standing_at(steps[0].at):
        run = Reporter(send, name, command=COMMAND, workdir=f"/data/{name}")
    for step in steps:
        seconds = (step.at - clock.utcnow()).total_seconds()
        if seconds > 0 and (over is None or over.wait(seconds)):
            return
        with clock.standing_at(step.at):
            step.report(run)
