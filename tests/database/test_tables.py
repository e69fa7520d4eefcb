"""A table's class stands for the table, and its attributes for the columns."""

from sqlalchemy import select, update

from panoptes.database.tables import aliased
from panoptes.models.run import Run
from panoptes.models.workflow import Workflow


def test_a_column_may_be_null_where_its_annotation_says_so() -> None:
    assert Run.__table__.c.error.nullable
    assert not Run.__table__.c.status.nullable
    assert not Run.__table__.c.id.nullable


def test_a_class_stands_for_its_table() -> None:
    assert str(update(Run).values(owner="kim")) == "UPDATE runs SET owner=:owner"
    joined = select(Run.id).join(Workflow, Run.workflow_id == Workflow.id)
    assert "FROM runs JOIN workflows ON runs.workflow_id = workflows.id" in str(joined)


def test_a_table_comes_twice_under_two_names() -> None:
    other = aliased(Run)
    joined = select(Run.id).join(other, other.number == Run.number)
    assert "FROM runs JOIN runs AS runs_1 ON runs_1.number = runs.number" in str(joined)
