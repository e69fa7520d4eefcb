"""The limit: Flask routes that do nothing, under the server of panoptes.

They answer as much as a Snakemake needs to go on.
"""

from flask import Flask, Response, jsonify

from panoptes.server import waitress
from panoptes.server.socket_activation import Sockets

app = Flask(__name__)


@app.get("/api/service-info")
def service_info() -> Response:
    """Say that the server runs."""
    return jsonify({"status": "running"})


@app.get("/create_workflow")
def create_workflow() -> Response:
    """Give every run the same id."""
    return jsonify({"id": 1})


@app.put("/api/workflow/<int:_workflow_id>")
def rename(_workflow_id: int) -> Response:
    """Rename nothing."""
    return jsonify({})


@app.post("/update_workflow_status")
def update_workflow_status() -> str:
    """Take an event and drop it."""
    return "ok"


@app.get("/nothing")
def nothing() -> str:
    """Answer a poll."""
    return "ok"


if __name__ == "__main__":
    with waitress.listen("127.0.0.1", 0) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        waitress.serve(app, Sockets(listener))
