"""Column types that the tables share."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Connection, CursorResult, Index, Integer, event, text

# SQLite numbers rows by itself only where the type is called INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")
# Lists and maps; no value is NULL, never the JSON text "null".
Json = JSON(none_as_null=True)


def inserted_id(result: CursorResult[Any]) -> int:
    """Return the id of the row that was inserted."""
    key = result.inserted_primary_key
    assert key is not None  # noqa: S101  # nosec B101  # Only an INSERT of one row comes here.
    return int(key[0])


def where_sql(condition: str) -> dict[str, Any]:
    """Return the options of an index that holds only the rows of a condition."""
    return {"info": {"where": condition}}


@event.listens_for(Index, "before_create")
def _hold_only_some_rows(index: Index, connection: Connection, **_: Any) -> None:
    """Give an index its condition where it is made: for that, SQLAlchemy loads its dialect."""
    if condition := index.info.get("where"):
        index.dialect_options[connection.dialect.name]["where"] = text(condition)
