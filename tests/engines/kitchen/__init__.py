"""A made-up engine, which cooks: all that panoptes has to know of one.

A message is what the cook calls: {"menu": n}, {"cooking": dish}, {"served": dish} or "closed".
"""

from collections.abc import Sequence
from typing import Any

from panoptes.engines.events import (
    Event,
    JobFinished,
    JobId,
    JobSeen,
    Outcome,
    Planned,
    RunEnded,
)
from panoptes.engines.interface import Engine, Lookup, State
from panoptes.engines.terms import Terms

TERMS = Terms("Kitchen", rule="course", job="plate")


def translate(state: State, message: Any, _lookup: Lookup) -> tuple[State, Sequence[Event]]:
    """Translate a call; the state counts the dishes, as far as this cook can count."""
    if message == "closed":
        return state, [RunEnded(Outcome.SUCCESS)]
    ((call, dish),) = message.items()
    if call == "menu":
        return state, [Planned(dish)]
    if call == "served":
        return state, [JobFinished(JobId(dish))]
    number = state.get("dishes", 0) + 1
    return {"dishes": number}, [JobSeen(JobId(dish), f"course {number}")]


KITCHEN = Engine("kitchen", translate)
