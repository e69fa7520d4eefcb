"""A run under way with earlier ones behind it, and its estimate."""

from flask import Flask
from flask.testing import FlaskClient

from panoptes.app import housekeeper
from tests.conftest import Clock
from tests.engine import Engine


def estimated_run(app: Flask, client: FlaskClient, time: Clock, runs: int = 2) -> Engine:
    """A run of which 4 of 10 jobs are done that take 100 seconds each, as they did before."""
    for number in range(runs + 1):
        run = Engine(client, "nightly")
        run.plan(align=10)
        for jobid in range(10 if number < runs else 4):
            run.job(jobid)
            time.move(seconds=100)
            run.finished(jobid)
            if jobid == 5:
                housekeeper(app).estimate_step()
        if number < runs:
            run.progress(10, 10)
            run.info("Complete log: x")
            housekeeper(app).sum_up_step()
    run.job(4)
    housekeeper(app).estimate_step()
    return run
