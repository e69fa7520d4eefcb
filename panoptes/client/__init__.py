"""A small typed client of the API, without other packages: the commands use it, and so can you.

    from panoptes.client import Client

    client = Client("http://127.0.0.1:5000", token="…")
    for workflow in client.workflows(status="error"):
        for job in client.failures(workflow):
            print(workflow.name, job.name, job.wildcards, job.error)

`Client` has a method for each question, `api_models` the results, `errors` what can go wrong.
Texts are those of the server, unchanged: whoever prints them to a terminal or puts them into a page
has to make them harmless there.
"""

from panoptes.client.api_models import (
    ComparedFailure,
    ComparedRule,
    Comparison,
    Estimate,
    Job,
    JobLog,
    LogLine,
    Page,
    Rule,
    RunInShort,
    ServiceInfo,
    Workflow,
)
from panoptes.client.client import Client
from panoptes.client.errors import ClientError, NotFound, Refused, Unauthorized, Unreachable

__all__ = [
    "Client",
    "ClientError",
    "ComparedFailure",
    "ComparedRule",
    "Comparison",
    "Estimate",
    "Job",
    "JobLog",
    "LogLine",
    "NotFound",
    "Page",
    "Refused",
    "Rule",
    "RunInShort",
    "ServiceInfo",
    "Unauthorized",
    "Unreachable",
    "Workflow",
]
