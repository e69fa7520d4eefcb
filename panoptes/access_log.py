"""One line in the log for each request (`--verbose`)."""

import logging
import time

from flask import Flask, Response, g, request

log = logging.getLogger("panoptes.requests")


def init_app(app: Flask) -> None:
    """Log every request of the app, with its answer and the time that it took."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def line(response: Response) -> Response:
        took = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
        path = request.full_path.rstrip("?").encode("unicode_escape").decode()
        log.info(
            "%s %s %s %d %.1f ms",
            request.remote_addr,
            request.method,
            path,
            response.status_code,
            took,
        )
        return response
