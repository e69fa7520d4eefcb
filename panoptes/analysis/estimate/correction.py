"""What past estimates were off by: it corrects the next one, and says how sure it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from panoptes.analysis.estimate.known import VERSION
from panoptes.analysis.estimate.times import at_share

LEAST_RATIOS = 6
OF_SERVER = 10
# A range shall hold eight ends of ten; where fewer than this came true, it is too narrow.
LEAST_HELD = 0.75


@dataclass(frozen=True, slots=True)
class Made:
    """An estimate that was made, and what came true; all in seconds.

    `tenth` is the tenth of the run that had passed by it, `is_history` whether earlier runs were
    its ground, `is_ordered` whether the order of finishing was. `predicted` is before correction,
    `shown`, `low` and `high` are what was shown, `left` is what came true in a run of `whole`,
    which `ended` then (Unix seconds).
    """

    tenth: int
    is_history: bool
    is_ordered: bool
    predicted: float
    shown: float
    low: float
    high: float
    left: float
    whole: float
    version: int = VERSION
    ended: float = 0.0

    @property
    def ratio(self) -> float:
        """How many times as long it took as was predicted."""
        return self.left / self.predicted

    @property
    def error(self) -> float:
        """By what share of the whole run it was off."""
        return abs(self.shown - self.left) / self.whole if self.whole else 0.0

    @property
    def has_held(self) -> bool:
        """Whether its range held what came true."""
        return self.low <= self.left <= self.high


@dataclass(frozen=True, slots=True)
class PastEstimates:
    """Estimates that came true or not: of this workflow, and of all others."""

    own: Sequence[Made] = ()
    others: Sequence[Made] = ()

    @property
    def past_error(self) -> float | None:
        """By what share of a run this workflow's estimates were usually off; None without any."""
        errors = sorted(made.error for made in self.own if made.version == VERSION)
        return at_share(errors, 0.5) if errors else None

    def has_missed(self, tenth: int) -> bool:
        """Return whether this workflow's ranges held too few ends, in about this tenth of it."""
        near = [
            made.has_held
            for made in self.own
            if abs(made.tenth - tenth) <= 1 and made.version == VERSION
        ]
        return len(near) >= LEAST_RATIOS and sum(near) < LEAST_HELD * len(near)


class Correction(NamedTuple):
    """Factors for what is left: at least, probably and at most; `is_known`: by experience."""

    low: float
    middle: float
    high: float
    is_known: bool


# Where too few estimates have come true yet.
UNKNOWN = Correction(0.6, 1.0, 2.0, is_known=False)


def correction(
    past: PastEstimates, tenth: int, *, is_history: bool, is_ordered: bool
) -> Correction:
    """Return by what to correct an estimate that is made in a tenth of its run."""

    def ratios(estimates: Sequence[Made], spread: int) -> list[float]:
        return sorted(
            made.ratio
            for made in estimates
            if abs(made.tenth - tenth) <= spread
            and (made.is_history, made.is_ordered) == (is_history, is_ordered)
            and made.version == VERSION
            and made.predicted > 0
            and made.left > 0
        )

    own, others = ratios(past.own, 0), ratios(past.others, 0)
    if len(own) < LEAST_RATIOS:
        own = ratios(past.own, 1)
    if len(others) < OF_SERVER:
        others = ratios(past.others, 1)
    if len(others) > OF_SERVER:
        others = [at_share(others, (place + 0.5) / OF_SERVER) for place in range(OF_SERVER)]
    pool = sorted([*own, *others])
    if len(pool) < LEAST_RATIOS:
        return UNKNOWN
    logs = [math.log(ratio) for ratio in pool]
    low, middle, high = (math.exp(_expected(logs, share)) for share in (0.1, 0.5, 0.9))
    return Correction(low, middle, high, is_known=True)


def _expected(ordered: Sequence[float], share: float) -> float:
    """Return below what the next value is with this probability: few say less than they seem to."""
    place = share * (len(ordered) + 1) - 1
    return at_share(ordered, min(1.0, max(0.0, place / (len(ordered) - 1))))
