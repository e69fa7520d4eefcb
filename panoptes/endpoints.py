"""What programs can ask of the server: one table for `--help` and the page about it."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """An address of the API; a test compares the table with the routes."""

    method: str
    path: str
    meaning: str


ENDPOINTS = (
    Endpoint("GET", "/api/service-info", "status and version of the server"),
    Endpoint("GET", "/api/workflows", "workflows; ?status= ?q= ?owner= ?name= ?sort= ?page="),
    Endpoint("GET", "/api/workflow/<id>", "one workflow"),
    Endpoint("PUT", "/api/workflow/<id>", 'rename it: {"name": "nightly"}'),
    Endpoint("DELETE", "/api/workflow/<id>", "delete it, with all its runs (403 while it runs)"),
    Endpoint("POST", "/api/workflow/<id>/restore", "bring it back, for 10 minutes"),
    Endpoint("POST", "/api/workflow/<id>/cancel", "mark it as cancelled"),
    Endpoint("PUT", "/api/workflow/<id>/pin", "keep it whatever its age"),
    Endpoint("DELETE", "/api/workflow/<id>/pin", "let it go when it is too old (--retention)"),
    Endpoint(
        "GET",
        "/api/workflow/<id>/jobs",
        "its jobs; ?status= ?rule= ?q= ?sort= ?page= ?format=",
    ),
    Endpoint("GET", "/api/workflow/<id>/job/<jobid>", "one job, with its attempts"),
    Endpoint("GET", "/api/workflow/<id>/rules", "how the jobs of each rule stand"),
    Endpoint("GET", "/api/workflow/<id>/stats.json", "as snakemake --stats wrote it"),
    Endpoint("GET", "/api/workflow/<id>/messages", "the run's log; ?level= ?page= ?per_page="),
    Endpoint(
        "GET", "/api/workflow/<id>/runs", "all its runs; ?run=n selects one in the lines above"
    ),
    Endpoint("DELETE", "/api/workflows/all", "delete everything"),
    Endpoint("POST", "/api/workflows/restore", "bring back what was deleted in 10 minutes"),
    Endpoint("GET", "/metrics", "for Prometheus: how everything stands, in numbers"),
    Endpoint("GET", "/create_workflow", "for workflow engines: register a run"),
    Endpoint("POST", "/update_workflow_status", "for workflow engines: report an event"),
)
