"""The labels of runs, by which lists find them; each run's row has them too, to show them."""

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import ColumnClause, Connection, ForeignKey, String, delete, insert

from panoptes.common.labels import MAX_LABEL
from panoptes.database.tables import Model, column


class RunLabel(Model):
    """A label of a run."""

    __tablename__ = "run_labels"
    # The key is all of it: SQLite then needs no second copy of the row.
    __table_options__: ClassVar = {"sqlite_with_rowid": False}

    run_id: ColumnClause[int] = column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    label: ColumnClause[str] = column(String(MAX_LABEL), primary_key=True)


def write_labels(connection: Connection, run_id: int, labels: Sequence[str]) -> None:
    """Let a run be found by these labels, which its row has, and by no others."""
    connection.execute(delete(RunLabel).where(RunLabel.run_id == run_id))
    if labels:
        rows = [{"run_id": run_id, "label": label} for label in labels]
        connection.execute(insert(RunLabel), rows)
