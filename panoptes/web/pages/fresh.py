"""Answers "nothing changed" without making the page: open pages ask every two seconds."""

from panoptes.database.connections import db
from panoptes.models.token import Right
from panoptes.queries import change_tokens
from panoptes.queries.results import Moment
from panoptes.web import poll_cache
from panoptes.web.conditional import add_etag, is_known, mark_answer, minute_of
from panoptes.web.guard.forms import known_token
from panoptes.web.guard.visitors import visitor
from panoptes.web.pages.blueprint import blueprint


def shows_run_as_before(
    moment: Moment, workflow_id: int, number: int | None, *more: object
) -> bool:
    """Return whether the asking browser has this page of this run already.

    `number` is None for the current run. `more` is what else the page shows that may change
    without an event.
    """
    return _is_fresh(moment, change_tokens.of_run(workflow_id, number), *more)


def shows_everything_as_before(moment: Moment) -> bool:
    """Return whether the asking browser has this page of all workflows already."""
    return _is_fresh(moment, change_tokens.everything())


def _is_fresh(moment: Moment, stamp: change_tokens.ChangeToken, *more: object) -> bool:
    """Return whether the asking browser has this page already, made from the same state."""
    state = stamp.read(db.engine)
    if state is None:
        return False
    mark = mark_answer(moment, state, _asker(), more)
    if not more:
        poll_cache.remember(mark, stamp, state, until=(minute_of(moment) + 1) * 60)
    return is_known(mark)


def _asker() -> tuple[object, ...]:
    """Return what a page depends on besides its address: who asks.

    A browser without a session asks again with the one that it gets with the page, or takes none.
    """
    asker = visitor()
    return (known_token(), asker.name, asker.has_session, asker.may(Right.CHANGE))


blueprint.after_request(add_etag)
