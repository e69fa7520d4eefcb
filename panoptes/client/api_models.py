"""What the API answers, as dataclasses whose fields have the names and meanings of its description.

`/api/docs` of every server describes each field. Times are UTC, durations seconds; what the engine
never said is None. `raw` is the JSON as it came, with the fields that no class here has.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from types import GenericAlias
from typing import Any, Generic, TypeVar, get_args, get_origin

JsonObject = dict[str, Any]
Model = TypeVar("Model")
# No result is equal to another (eq=False): nobody compares them, and commands start faster without.


@dataclass(frozen=True, slots=True, eq=False)
class ServiceInfo:
    """Which server this is."""

    id: str
    name: str
    status: str
    version: str
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Workflow:
    """A workflow as one of its runs shows it: `run` of `runs`."""

    id: int
    name: str
    status: str
    is_live: bool
    jobs_done: int
    jobs_total: int
    jobs_running: int
    jobs_failed: int
    jobs_retried: int
    jobs_pending: int
    started_at: datetime
    completed_at: datetime | None
    updated_at: datetime
    duration: float | None
    error: str | None
    run: int
    runs: int
    pinned: bool
    owner: str | None
    engine: str
    command: str | None
    workdir: str | None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """How many jobs of a rule are in each state."""

    name: str
    planned: int | None
    pending: int | None
    running: int
    done: int
    error: int
    cancelled: int
    retried: int
    median_duration: float | None
    max_duration: float | None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One of the times that a job was started."""

    number: int
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    duration: float | None
    error: str | None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A job of a run; `name` is its rule, and `log` are paths as the run's folder has them."""

    jobid: int | str
    name: str
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    duration: float | None
    error: str | None
    attempts: list[Attempt]
    wildcards: dict[str, str]
    input: list[str]
    output: list[str]
    log: list[str]
    shell_command: str | None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Page(Generic[Model]):
    """A page of a list; `count` is how many there are on all pages."""

    items: list[Model]
    count: int
    raw: JsonObject = field(repr=False)

    def __iter__(self) -> Iterator[Model]:
        return iter(self.items)


def read(model: type[Model], answer: JsonObject) -> Model:
    """Return a JSON object as one of the classes above.

    Raises KeyError, TypeError or ValueError where it doesn't have their shape.
    """
    known = [each for each in fields(model) if each.name != "raw"]  # type: ignore[arg-type]
    values = {each.name: _value(each.type, answer[each.name]) for each in known}
    return model(**values | {"raw": answer})


def read_page(model: type[Model], name: str, answer: JsonObject) -> Page[Model]:
    """Return the list of this name in an answer. Raises what `read` raises."""
    return Page([read(model, each) for each in answer[name]], int(answer["count"]), answer)


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, GenericAlias):
        inner = get_args(kind)[-1]
        if get_origin(kind) is dict:
            return {str(name): _value(inner, each) for name, each in value.items()}
        return [_value(inner, each) for each in _checked(list, value)]
    if is_dataclass(kind):
        return read(kind, value)  # type: ignore[arg-type]
    if kind == datetime | None and value is None:
        return None
    if kind in (datetime, datetime | None):
        return datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 knows no Z.
    if kind == float | None:
        return None if value is None else float(value)
    return _checked(kind, value)


def _checked(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is no {kind}")
    return value
