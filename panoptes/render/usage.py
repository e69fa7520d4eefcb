"""What jobs asked for and used, in words and as boxes on a line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.common.usage import cores_used, figure
from panoptes.common.wording import DASH, duration, size
from panoptes.queries.results import JobView
from panoptes.queries.usage import Figures, RuleUsageView

# From this share of what was asked for on, a rule is about to get too little.
NEAR_LIMIT = 0.9
# A job's usage as `common/usage.py` names it, which is said in words.
_WORDED = {
    *("seconds", "cpu_seconds", "cpu_percent", "max_memory", "max_virtual_memory"),
    *("read_bytes", "written_bytes", "disk_read_bytes", "disk_written_bytes"),
}


class Box(NamedTuple):
    """A box plot on a line: places in percent of its length; `asked` has a mark of its own."""

    least: float
    lower: float
    median: float
    upper: float
    most: float
    asked: float | None


@dataclass(frozen=True, slots=True)
class UsageCell:
    """One figure of a rule: the most used and asked for, and the box with its words.

    `asked` and `share`, how much of that was used, are "" where they are unknown.
    """

    used: str
    asked: str
    share: str
    is_near_limit: bool
    box: Box | None
    words: str


def cores(value: float) -> str:
    """Return a number of cores: '2.3 cores', '1 core', '< 0.1 cores'."""
    if 0 < value < 0.05:
        return "< 0.1 cores"
    text = f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
    return f"{text} {'core' if text == '1' else 'cores'}"


def memory_cell(usage: RuleUsageView) -> UsageCell:
    """Return what a rule's jobs used of memory."""
    return _cell(usage.memory, lambda value: size(int(value)))


def cores_cell(usage: RuleUsageView) -> UsageCell:
    """Return how many cores a rule's jobs kept busy."""
    return _cell(usage.cores, cores, is_hard_limit=False)


def time_cell(usage: RuleUsageView) -> UsageCell:
    """Return how much of their time's limit a rule's jobs took."""
    return _cell(usage.seconds, duration)


def _cell(
    figures: Figures, word: Callable[[float], str], *, is_hard_limit: bool = True
) -> UsageCell:
    asked, most = figures.asked, figures.most
    share = most / asked if most is not None and asked else None
    return UsageCell(
        DASH if most is None else word(most),
        "" if asked is None else word(asked),
        "" if share is None else f"{max(round(100 * share), 1 if share else 0)}%",
        is_hard_limit and share is not None and share >= NEAR_LIMIT,
        _box(figures),
        _words(figures, word),
    )


def _box(figures: Figures) -> Box | None:
    if figures.spread is None:
        return None
    whole = max(figures.asked or 0.0, figures.spread.most) or 1.0

    def place(value: float) -> float:
        return round(100 * value / whole, 2)

    asked = None if figures.asked is None else place(figures.asked)
    least, lower, median, upper, most = map(place, figures.spread)
    return Box(least, lower, median, upper, most, asked)


def _words(figures: Figures, word: Callable[[float], str]) -> str:
    if figures.spread is None:
        return ""
    least, _, median, _, most = figures.spread
    asked = f", asked for {word(figures.asked)}" if figures.asked is not None else ""
    low, high = word(least), word(most)
    return f"{high if low == high else f'from {low} to {high}, median {word(median)}'}{asked}"


# --- one job --------------------------------------------------------------------------------------


def used_by(job: JobView) -> list[tuple[str, str]]:
    """Return what a job asked for and used, as names and sentences; what is unknown is left out."""
    usage = job.usage or {}
    known = {name: value for name in _WORDED if (value := figure(usage.get(name))) is not None}
    rows = (
        ("Memory", _beside(job.requested_memory, _memory(known))),
        ("Cores", _beside_cores(job.threads, cores_used(usage))),
        ("Time", _time(job.requested_seconds, known)),
        ("Files", _files(known)),
    )
    return [(name, words) for name, words in rows if words]


def other_usage(job: JobView) -> dict[str, object]:
    """Return the rest of what an engine says of a job's usage, which has no words of its own."""
    return {name: value for name, value in (job.usage or {}).items() if name not in _WORDED}


def _beside(asked: int | None, used: str) -> str:
    wanted = f"asked for {size(asked)}" if asked is not None else ""
    return ", ".join(part for part in (wanted, used) if part)


def _memory(known: Mapping[str, float]) -> str:
    if "max_memory" not in known:
        return ""
    virtual = known.get("max_virtual_memory")
    beside = f" ({size(int(virtual))} of virtual memory)" if virtual else ""
    return f"used {size(int(known['max_memory']))} at most{beside}"


def _beside_cores(threads: int | None, used: float | None) -> str:
    if used is None:
        return ""
    busy = f"kept {cores(used)} busy on average"
    return busy if threads is None else f"asked for {threads}, {busy}"


def _time(limit: float | None, known: Mapping[str, float]) -> str:
    parts = [f"limit {duration(limit)}"] if limit is not None else []
    if "seconds" in known:
        parts.append(f"took {duration(known['seconds'])}")
    if "cpu_seconds" in known:
        parts.append(f"{duration(known['cpu_seconds'])} of CPU time")
    return ", ".join(parts)


def _files(known: Mapping[str, float]) -> str:
    words = (("read_bytes", "read", "from"), ("written_bytes", "wrote", "to"))
    parts = []
    for name, verb, way in words:
        if name in known:
            disks, on_disks = known.get(f"disk_{name}"), ""
            if disks is not None:
                on_disks = f" ({size(int(disks))} {way} disks)"
            parts.append(f"{verb} {size(int(known[name]))}{on_disks}")
    return ", ".join(parts)
