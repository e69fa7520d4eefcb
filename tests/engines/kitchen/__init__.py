"""A made-up engine, which cooks: all that panoptes has to know of one.

A message is what the cook calls: {"menu": n}, {"ordered": dish}, {"cooking": dish}, {"served":
dish}, {"leftovers": dish}, {"burnt": dish}, {"noted": {…}}, the notes of a dish, or "closed".
"""

import json
from collections.abc import Sequence
from typing import Any

from panoptes.common.status import Status
from panoptes.engines.events import (
    Event,
    JobFailed,
    JobFinished,
    JobId,
    JobSeen,
    LogTail,
    Outcome,
    Planned,
    RunEnded,
)
from panoptes.engines.interface import Engine, Lookup, Sent, State
from panoptes.engines.terms import Terms

TERMS = Terms("Kitchen", rule="course", job="plate")


def translate(state: State, message: Any, _lookup: Lookup) -> tuple[State, Sequence[Event]]:
    """Translate a call; the state counts the dishes, as far as this cook can count."""
    if message == "closed":
        return state, [RunEnded(Outcome.SUCCESS)]
    ((call, dish),) = message.items()
    if call == "menu":
        return state, [Planned(dish)]
    if call in ("served", "leftovers"):
        return state, [JobFinished(JobId(dish), {"cached": call == "leftovers"})]
    if call == "burnt":
        details = {"ignored": True, "exit_status": 1}
        return state, [JobFailed(JobId(dish), error="It is black.", details=details)]
    if call == "noted":
        return state, [LogTail(JobId(dish.pop("dish")), **dish)]
    number = state.get("dishes", 0) + (call == "cooking")
    status = Status.RUNNING if call == "cooking" else Status.PENDING
    return {"dishes": number}, [JobSeen(JobId(dish), f"course {number}", status=status)]


def read(sent: Sent) -> Any:
    """Read a call anew."""
    return json.loads(sent.body)["call"]


KITCHEN = Engine("kitchen", translate, read)
