"""How the database is asked by queries that are built once, and not for each request.

To build a query, and to work out anew what SQLAlchemy knows of it, takes ten times as long as the
database does to answer it. So a query that is asked often is a constant of its module or, where it
goes by arguments, the result of a function that is `built_once`; what differs each time is one of
its parameters (`bindparam`), whose values `ask` takes by their names.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy import Executable, Result

from panoptes.database.connections import reading, sql_engine

if TYPE_CHECKING:
    from typing_extensions import Unpack

    Rows = Result[Unpack[tuple[Any, ...]]]
else:  # SQLAlchemy 2.0 takes no columns here.
    Rows = Result

Arguments = ParamSpec("Arguments")
Built = TypeVar("Built", bound=Executable)

# So many queries of each function are kept, those that were asked lately.
KEPT = 64


def ask(query: Executable, **values: object) -> Rows:
    """Return what the database answers to a query with these values of its parameters."""
    return reading().execute(query, values)


def built_once(build: Callable[Arguments, Built]) -> Callable[Arguments, Built]:
    """Keep the queries that a function builds, each by its arguments, which must be hashable.

    Each kind of database has queries of its own.
    """

    @lru_cache(maxsize=KEPT)
    def kept(_dialect: str, *args: Any, **kwargs: Any) -> Built:
        return build(*args, **kwargs)

    @wraps(build)
    def query(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Built:
        dialect: str = sql_engine().dialect.name
        return kept(dialect, *args, **kwargs)  # type: ignore[arg-type]  # All of them are hashable.

    return query
