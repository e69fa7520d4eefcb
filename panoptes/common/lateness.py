"""What is usual for the jobs of a rule or for runs, and when one is late: the one definition."""

from collections.abc import Sequence
from functools import lru_cache
from statistics import median, quantiles
from typing import NamedTuple

from panoptes.common.usage import figures

# What takes longer than this share of all that are known, and then half as long again, is late.
SHARE, TIMES = 0.95, 1.5
# Of so few nobody knows how much they differ: late is what takes this many times as long.
FEW, TIMES_OF_FEW = 5, 3
# And not just a moment.
LEAST_SECONDS = 60
# Stands between what jobs took in one run and in the next.
BETWEEN = "|"


class Usual(NamedTuple):
    """How many seconds something usually takes, the median, and after how many it is late."""

    seconds: float
    late_after: float


@lru_cache(maxsize=1024)  # All jobs of a rule that are on a page have the same.
def usual_of(recent: str | None) -> Usual | None:
    """Return what is usual for the jobs of a rule, None where none is done.

    `recent` is as `Rule.recent` has it: the seconds of each with a blank behind them; or several
    such texts, with BETWEEN between them.
    """
    return usual([each for text in (recent or "").split(BETWEEN) for each in figures(text)])


def usual(known: Sequence[float]) -> Usual | None:
    """Return what is usual where so many seconds were taken; None where there are none."""
    if not known:
        return None
    middle = median(known)
    if len(known) < FEW:
        late_after = TIMES_OF_FEW * middle
    else:
        hundredths = quantiles(known, n=100, method="inclusive")
        late_after = TIMES * hundredths[round(SHARE * 100) - 1]
    return Usual(middle, max(LEAST_SECONDS, late_after))


def median_of(recent: str | None) -> float | None:
    """Return the median of such a text, None where there is none."""
    found = usual_of(recent)
    return None if found is None else found.seconds


def is_late(seconds: float | None, usually: Usual | None) -> bool:
    """Return whether what has been running for `seconds` is late; both may be unknown."""
    return seconds is not None and usually is not None and seconds > usually.late_after
