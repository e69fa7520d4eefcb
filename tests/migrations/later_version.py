"""A version of the tables that comes after those of today."""

from pathlib import Path

import pytest

from panoptes import migrations

LATER = "9999"
TODAY = migrations.HEAD
MIGRATION = f'''"""A later version."""
import sqlalchemy as sa
from alembic import op
revision = "{LATER}"
down_revision = "{TODAY}"
def upgrade():
    rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("workflows", recreate=rebuild) as table:
        table.add_column(sa.Column("colour", sa.String()))
    {{}}
'''


def know_later_version(monkeypatch: pytest.MonkeyPatch, folder: Path, more: str = "") -> None:
    """Let panoptes know one version more, whose migration lies in a folder and does `more`."""
    (folder / f"{LATER}_later.py").write_text(MIGRATION.format(more))
    monkeypatch.setattr(migrations, "HEAD", LATER)
    monkeypatch.setattr(migrations, "FOLDERS", (*migrations.FOLDERS, folder))
