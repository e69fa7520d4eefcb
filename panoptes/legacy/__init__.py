"""Takes over what panoptes-ui before 2.0 kept: its tables -> workflows, runs, jobs and log lines.

The old tables: `workflows` (one run each; times without a zone, in that of the server),
`workflow_jobs` (lists as the repr of Python), `workflow_messages` (whole events, as they came) and
`users` (never used). Versions 0.2 to 1.6 have the same ones but for `workflows.updated_at`.

old_tables.py     finds them and reads their rows
reading.py        a row -> what it says, noting what can't be read
history.py        what the rows of a workflow say together -> a run and its jobs
rejected_rows.py  where rows are kept that can't be read
importer.py       all of it, in one transaction of the caller
"""

from panoptes.legacy.importer import take_over
from panoptes.legacy.old_tables import OldTables, hold_old_tables

__all__ = ["OldTables", "hold_old_tables", "take_over"]
