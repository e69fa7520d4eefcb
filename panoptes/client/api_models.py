"""What the API answers, as tuples whose fields have the names and meanings of its description.

`/api/docs` of every server describes each field. Times are UTC, durations seconds; what the engine
never said is None. `raw` is the JSON as it came, with the fields that no class here has.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar, get_args, get_origin

JsonObject = dict[str, Any]
Model = TypeVar("Model", bound=NamedTuple)


class ServiceInfo(NamedTuple):
    """Which server this is."""

    id: str
    name: str
    status: str
    version: str
    raw: JsonObject


class Estimate(NamedTuple):
    """When a run will be done: probably, and within `low` and `high` in eight of ten cases."""

    ends_at: datetime
    low: datetime
    high: datetime
    seconds_left: float
    basis_runs: int
    past_error: float | None
    rough: bool
    at_least: bool
    critical_path: list[str]
    raw: JsonObject


class Workflow(NamedTuple):
    """A workflow as one of its runs shows it: `run` of `runs`."""

    id: int
    name: str
    status: str
    is_live: bool
    never_started: bool
    jobs_done: int
    jobs_total: int
    jobs_running: int
    jobs_failed: int
    jobs_ignored: int
    jobs_cancelled: int
    jobs_retried: int
    jobs_pending: int
    started_at: datetime
    completed_at: datetime | None
    updated_at: datetime
    duration: float | None
    usual: float | None
    is_late: bool
    error: str | None
    run: int
    runs: int
    pinned: bool
    owner: str | None
    engine: str
    total_grows: bool
    note: str | None
    labels: list[str]
    is_baseline: bool
    command: str | None
    workdir: str | None
    estimate: Estimate | None
    why_not: str | None
    raw: JsonObject


class RunInShort(NamedTuple):
    """A run of a workflow, without what the workflow itself is."""

    run: int
    status: str
    started_at: datetime
    completed_at: datetime | None
    duration: float | None
    jobs_done: int
    jobs_total: int
    jobs_failed: int
    jobs_retried: int
    labels: list[str]
    note: str | None
    is_baseline: bool
    owner: str | None
    error: str | None
    raw: JsonObject


class ComparedRule(NamedTuple):
    """A rule in a run and, in fields that begin with `with_`, in the one that it is compared to."""

    name: str
    jobs: int
    median: float | None
    total: float | None
    with_jobs: int
    with_median: float | None
    with_total: float | None
    ratio: float | None
    differs: bool
    is_slower: bool
    is_new: bool
    is_gone: bool
    raw: JsonObject


class ComparedFailure(NamedTuple):
    """A failed job; `name` is its rule, `wildcards` say which of its jobs it is."""

    jobid: str
    name: str
    wildcards: str
    error: str
    raw: JsonObject


class Comparison(NamedTuple):
    """A run beside an `other` one; `slower` is `same`, `some rules` or `whole`.

    `differs` has the settings that both don't share, by their names: of the run and of the other.
    """

    run: RunInShort
    other: RunInShort
    slower: str
    rules: list[ComparedRule]
    new_failures: list[ComparedFailure]
    same_failures: list[ComparedFailure]
    gone_failures: list[ComparedFailure]
    differs: dict[str, tuple[str | None, str | None]]
    raw: JsonObject


class Rule(NamedTuple):
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
    raw: JsonObject


class Job(NamedTuple):
    """A job of a run; `name` is its rule, and `log` are paths as the run's folder has them."""

    jobid: int | str
    name: str
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    duration: float | None
    error: str | None
    attempts: list[JsonObject]
    wildcards: dict[str, str]
    input: list[str]
    output: list[str]
    log: list[str]
    shell_command: str | None
    exit_status: int | None
    raw: JsonObject


class JobLog(NamedTuple):
    """The end of a log of a job: its `text`, of `size` bytes in all; None where nothing is known.

    `path` is as the engine calls it, `log` which of the `paths` of this `attempt` it is.
    """

    path: str
    paths: list[str]
    log: int
    attempt: int
    size: int | None
    text: str
    is_live: bool
    why_not: str | None
    raw: JsonObject


class LogLine(NamedTuple):
    """A line of a run's log; `level` is `info`, `warning`, `error` or `debug`."""

    time: datetime
    level: str
    msg: str
    raw: JsonObject


class Page(Generic[Model]):
    """A page of a list, its `items`; `count` is how many there are on all pages."""

    def __init__(self, model: type[Model], name: str, answer: JsonObject) -> None:
        """Read the list of this name in an answer. Raises what `read` raises."""
        self.items = [read(model, item) for item in answer[name]]
        self.count = int(answer["count"])
        self.raw = answer

    def __iter__(self) -> Iterator[Model]:
        return iter(self.items)


def read(model: type[Model], answer: JsonObject) -> Model:
    """Return a JSON object as one of the classes above.

    Raises KeyError, TypeError or ValueError where it doesn't have their shape.
    """
    return model._make(
        answer if name == "raw" else _value(kind, answer[name])
        for name, kind in model.__annotations__.items()
    )


def read_comparison(answer: JsonObject) -> Comparison:
    """Return what the API says of two runs. Raises what `read` raises."""
    failures = {
        kind: [read(ComparedFailure, each) for each in answer["failures"][kind]]
        for kind in ("new", "same", "gone")
    }
    return Comparison(
        run=read(RunInShort, answer["run"]),
        other=read(RunInShort, answer["with"]),
        slower=_checked(str, answer["slower"]),
        rules=[read(ComparedRule, each) for each in answer["rules"]],
        new_failures=failures["new"],
        same_failures=failures["same"],
        gone_failures=failures["gone"],
        differs={
            name: (_value(str | None, told["run"]), _value(str | None, told["with"]))
            for name, told in answer["differs"].items()
        },
        raw=answer,
    )


def _value(kind: Any, value: Any) -> Any:
    container, inner = get_origin(kind), get_args(kind)
    if container is list:
        return [_value(inner[0], item) for item in _checked(list, value)]
    if container is dict:
        return {str(name): _value(inner[1], item) for name, item in value.items()}
    if inner and hasattr(inner[0], "_fields"):
        return None if value is None else read(inner[0], _checked(dict, value))
    if datetime in (kind, *inner) and value is not None:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 knows no Z.
    if float in (kind, *inner) and value is not None:
        return float(value)
    return value if kind is Any else _checked(kind, value)


def _checked(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is no {kind}")
    return value
