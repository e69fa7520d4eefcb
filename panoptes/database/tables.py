"""Tables as classes whose attributes are columns, for statements of SQLAlchemy's Core.

Nothing is mapped: a row is a row. SQLAlchemy's ORM, which makes objects of rows, isn't loaded: it
takes a fifth of a start and of a server's memory.
"""

from typing import Any, ClassVar, TypeVar, cast, get_args

from sqlalchemy import Column, MetaData, Table
from sqlalchemy.schema import SchemaItem


class Model:
    """What every table's class descends from: `Run.status` is the column `status` of `runs`.

    The class itself stands for its table in statements: `update(Run)`, `query.join(Run, …)`.
    """

    metadata: ClassVar[MetaData] = MetaData()
    __tablename__: ClassVar[str]
    __table_args__: ClassVar[tuple[SchemaItem, ...]] = ()
    __table_options__: ClassVar[dict[str, Any]] = {}
    __table__: ClassVar[Table]

    def __init_subclass__(cls) -> None:
        columns = {name: each for name, each in vars(cls).items() if isinstance(each, Column)}
        for name, each in columns.items():
            (kind,) = get_args(cls.__annotations__[name])
            each.name = each.key = name
            each.nullable = type(None) in get_args(kind)
        parts = (*columns.values(), *cls.__table_args__)
        cls.__table__ = Table(cls.__tablename__, cls.metadata, *parts, **cls.__table_options__)

    @classmethod
    def __clause_element__(cls) -> Table:
        """Return what the class is to SQLAlchemy."""
        return cls.__table__


OfTable = TypeVar("OfTable", bound=Model)


def column(*args: Any, **options: Any) -> Any:
    """Return a column of a table; it may be NULL where its annotation says so."""
    return Column(*args, **options)


def aliased(model: type[OfTable]) -> type[OfTable]:
    """Return a table by another name, for a statement in which it comes twice."""
    return cast("type[OfTable]", _Alias(model))


class _Alias:
    def __init__(self, model: type[Model]) -> None:
        self._alias = model.__table__.alias()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._alias.c, name)

    def __clause_element__(self) -> Any:
        return self._alias
