"""Which columns a table of jobs has."""

from panoptes.queries.results import JOB_FIELDS
from panoptes.render.tables import COLUMNS


def test_columns_stay_where_programs_look_for_them() -> None:
    assert COLUMNS == (
        "jobid", "name", "wildcards", "status", "attempt", "started_at", "completed_at",
        "duration", "threads", "resources", "error", "shell_command", "input", "output", "log",
        "external_id", "group", "requested_memory", "requested_seconds", "max_memory",
        "cpu_seconds", "read_bytes", "written_bytes",
    )  # fmt: skip


def test_no_two_fields_of_a_job_claim_one_column() -> None:
    places = sorted(field.place for field in JOB_FIELDS.values() if field.place)
    assert places == list(range(1, len(places) + 1))
