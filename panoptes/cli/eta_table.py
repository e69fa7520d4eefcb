"""How good estimates were, as a table for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panoptes.analysis.estimate.backtest import Row

_OURS = ("error", "bias", "coverage", "width", "rough")


def table(rows: "Sequence[Row]") -> str:
    """Return the figures of each point, in percent."""
    others = list(rows[0].baselines)
    head = ("AT", "RUNS", *_OURS, *others)
    lines = [
        (
            f"{row.point:.0%}",
            str(row.estimates),
            *(_percent(getattr(row, name)) for name in _OURS),
            *(_percent(row.baselines[name]) for name in others),
        )
        for row in rows
    ]
    widths = [max(len(name), 6) for name in head]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
        for line in (tuple(name.upper() for name in head), *lines)
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
