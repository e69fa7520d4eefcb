"""Pinned workflows, and deleted ones that can be brought back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

IS_THERE = sa.text("deleted_at IS NULL")
IS_DELETED = sa.text("deleted_at IS NOT NULL")
# SQLite keeps no names of constraints that were made without one.
NAMES = {"uq": "%(table_name)s_%(column_0_name)s_key"}


def Time() -> sa.DateTime:  # noqa: N802  # It stands for a type.
    """A time in UTC."""
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Free the names of deleted workflows, and tell apart which are deleted or pinned."""
    last_id = _last_id()
    with op.batch_alter_table(
        "workflows", naming_convention=NAMES, table_kwargs={"sqlite_autoincrement": True}
    ) as workflows:
        workflows.add_column(
            sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        workflows.add_column(sa.Column("deleted_at", Time(), nullable=True))
        workflows.drop_constraint("workflows_name_key", type_="unique")
    _keep_last_id(last_id)
    op.add_column("runs", sa.Column("deleted_at", Time(), nullable=True))
    op.create_index(
        "workflows_by_name",
        "workflows",
        ["name"],
        unique=True,
        sqlite_where=IS_THERE,
        postgresql_where=IS_THERE,
    )
    for table in ("workflows", "runs"):
        op.create_index(
            f"{table}_deleted",
            table,
            ["deleted_at"],
            sqlite_where=IS_DELETED,
            postgresql_where=IS_DELETED,
        )


def _last_id() -> int | None:
    """Return the largest id that SQLite ever gave: a rebuilt table begins at the largest left."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return None
    found = connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'workflows'"))
    return None if found is None else int(found)


def _keep_last_id(last_id: int | None) -> None:
    """A client of a deleted workflow may still report: its id must not become another's."""
    if last_id is None:
        return
    connection, values = op.get_bind(), {"last": last_id}
    update = sa.text("UPDATE sqlite_sequence SET seq = :last WHERE name = 'workflows'")
    if not connection.execute(update, values).rowcount:
        insert = sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('workflows', :last)")
        connection.execute(insert, values)
