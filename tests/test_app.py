"""What the app is made of, and what it isn't."""

import subprocess
import sys
from pathlib import Path

import pytest

# What only an upgrade, another database, a command or a notification needs.
OTHERS = ("alembic", "apprise", "psycopg", "rich", "sqlalchemy.dialects.postgresql")
# What nothing here needs: SQLAlchemy has it for those who map rows to objects.
UNUSED = ("sqlalchemy.ext.declarative", "sqlalchemy.orm")


@pytest.mark.slow
def test_a_start_loads_nothing_that_only_others_need(tmp_path: Path) -> None:
    code = "import sys; from panoptes.config.settings import Settings"
    code += "; from panoptes.app import create_app; create_app(Settings(db_url=sys.argv[1]))"
    code += "; print(*sys.modules)"
    for start in ("new", "known"):
        result = subprocess.run(
            [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'panoptes.db'}"],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        assert {*result.stdout.split()} & {*OTHERS, *UNUSED} == set(), start
