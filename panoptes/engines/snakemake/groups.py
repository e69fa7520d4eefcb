"""Groups of jobs that a cluster takes as one: which jobs the id of a group stands for.

A group is announced by its name, which all groups of a kind share, and its jobs behind it; later it
is submitted under a UUID. From 7.8 on that is made of the rule and the wildcards of one of its
jobs, so it tells its group apart from others that wait, too (8 and 9 announce several at once).
Before, it can't be worked out, but each group is submitted before the next one is announced.
"""

import uuid
from collections.abc import Mapping

# Every event reads and writes what waits.
MAX_WAITING = 500

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://snakemake.readthedocs.io")
# So much of a UUID tells the groups apart that wait at the same time.
_MARK = 8

# The keys of a group's jobs, each with the beginning of the UUID that it may give its group.
Group = dict[str, str]
Wildcards = Mapping[str, str] | None


def mark(rule: str, wildcards: Wildcards) -> str:
    """Return how the UUID begins that a job gives to its group."""
    values = ",".join(sorted(f"{name}:{value}" for name, value in (wildcards or {}).items()))
    return str(uuid.uuid5(_NAMESPACE, f"{rule}:{values}"))[:_MARK]


def begin(waiting: list[Group]) -> list[Group]:
    """Return the groups that wait and a new one; the oldest go if there are too many."""
    waiting = [group for group in waiting if group]
    while sum(map(len, waiting)) > MAX_WAITING:
        waiting = waiting[1:]
    return [*waiting, {}]


def join(waiting: list[Group], key: str, rule: str, wildcards: Wildcards) -> list[Group]:
    """Return the groups that wait with a job in the one that began last."""
    *others, last = waiting or [{}]
    if len(last) < MAX_WAITING:
        last = {**last, key: mark(rule, wildcards)}
    return [*others, last]


def take(waiting: list[Group], name: str) -> tuple[list[str], list[Group]]:
    """Return the keys of the jobs that a name stands for, and the groups that go on waiting.

    The name is that of a group, or the key of a job that is in none.
    """
    if name.isdigit():
        return [name], waiting
    named = [group for group in waiting if name[:_MARK] in group.values()]
    if not named and len(waiting) == 1:
        named = waiting
    group = named[0] if named else {}
    return list(group), [other for other in waiting if other is not group]


def without(waiting: list[Group], key: str) -> list[Group]:
    """Return the groups that wait but for the one of a job that is over."""
    return [group for group in waiting if key not in group]
