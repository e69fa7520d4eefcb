"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def RowId() -> sa.types.TypeEngine[int]:  # noqa: N802  # It stands for a type.
    """SQLite numbers rows by itself only where the type is called INTEGER."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def Time() -> sa.DateTime:  # noqa: N802
    """A time in UTC."""
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make workflows, runs, jobs, attempts, rules and messages."""
    op.create_table(
        "workflows",
        sa.Column("id", RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("wanted_name", sa.String(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("created_at", Time(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", RowId(), nullable=False),
        sa.Column("workflow_id", RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("snakefile", sa.String(), nullable=True),
        sa.Column("command", sa.String(), nullable=True),
        sa.Column("workdir", sa.String(), nullable=True),
        sa.Column("started_at", Time(), nullable=False),
        sa.Column("updated_at", Time(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("ended_at", Time(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("log_file", sa.String(), nullable=True),
        sa.Column("jobs_total", RowId(), nullable=False),
        sa.Column("jobs_running", sa.Integer(), nullable=False),
        sa.Column("jobs_done", sa.Integer(), nullable=False),
        sa.Column("jobs_failed", sa.Integer(), nullable=False),
        sa.Column("jobs_retried", sa.Integer(), nullable=False),
        sa.Column("progress_done", RowId(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("part_base", RowId(), nullable=False),
        sa.Column("planned", RowId(), nullable=True),
        sa.Column("progress_total", RowId(), nullable=True),
        sa.Column("nested", sa.Boolean(), nullable=False),
        sa.Column("has_checkpoint", sa.Boolean(), nullable=False),
        sa.Column("ending", sa.String(length=20), nullable=True),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.Column("job_without_command", RowId(), nullable=True),
        sa.Column("job_without_words", RowId(), nullable=True),
        sa.Column("waiting_words", sa.JSON(), nullable=True),
        sa.Column("clock_offset", sa.Float(), nullable=True),
        sa.Column("recent_events", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workflow_id", "number"),
    )
    op.create_index("runs_by_start", "runs", ["started_at"], unique=False)
    op.create_index("runs_by_status", "runs", ["status", "started_at"], unique=False)
    op.create_index("runs_by_update", "runs", ["status", "updated_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", RowId(), nullable=False),
        sa.Column("run_id", RowId(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", Time(), nullable=True),
        sa.Column("ended_at", Time(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("wildcards", sa.JSON(), nullable=True),
        sa.Column("input", sa.JSON(), nullable=True),
        sa.Column("output", sa.JSON(), nullable=True),
        sa.Column("log", sa.JSON(), nullable=True),
        sa.Column("benchmark", sa.String(), nullable=True),
        sa.Column("shell_command", sa.String(), nullable=True),
        sa.Column("msg", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("resources", sa.JSON(), nullable=True),
        sa.Column("priority", sa.String(length=40), nullable=True),
        sa.Column("threads", RowId(), nullable=True),
        sa.Column("is_checkpoint", sa.Boolean(), nullable=False),
        sa.Column("is_local", sa.Boolean(), nullable=False),
        sa.Column("conda_env", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("group_name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "part", "key"),
    )
    op.create_index("jobs_of_run", "jobs", ["run_id", "id"], unique=False)
    op.create_index("jobs_by_rule", "jobs", ["run_id", "rule"], unique=False)
    op.create_index("jobs_by_status", "jobs", ["run_id", "status"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", RowId(), nullable=False),
        sa.Column("run_id", RowId(), nullable=False),
        sa.Column("time", Time(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("messages_by_level", "messages", ["run_id", "level", "id"], unique=False)
    op.create_index("messages_of_run", "messages", ["run_id", "id"], unique=False)
    op.create_table(
        "rules",
        sa.Column("run_id", RowId(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("planned", RowId(), nullable=True),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("error", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("retried", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "name"),
    )
    op.create_table(
        "attempts",
        sa.Column("job_id", RowId(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started_at", Time(), nullable=True),
        sa.Column("ended_at", Time(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number"),
    )
