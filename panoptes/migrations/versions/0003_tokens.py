"""Tokens, and who registered a run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tokens, and give each run an owner: none to those that are there."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "tokens",
        sa.Column("id", number, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    living = sa.text("revoked_at IS NULL")
    op.create_index(
        "tokens_by_name",
        "tokens",
        ["name"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.add_column("runs", sa.Column("owner", sa.String(), nullable=True))
    op.create_index("runs_by_owner", "runs", ["owner", "started_at"], unique=False)
