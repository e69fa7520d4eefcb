"""GA4GH's Workflow Execution Service 1.1, to read only: runs as clients of that standard see them.

A run of a workflow is a run of WES, a job is a task. Its OpenAPI document is
https://github.com/ga4gh/workflow-execution-service-schemas; docs/wes.md says what is where.
"""

from panoptes.web.wes.blueprint import blueprint

# Importing them registers their routes.
from panoptes.web.wes import refusals, runs, service_info, tasks  # isort: skip

__all__ = ["blueprint", "refusals", "runs", "service_info", "tasks"]
