"""Atom feeds of what ended or failed lately: of all workflows, and of one by its name."""

import re
import uuid
from datetime import datetime, timezone

from flask import current_app, render_template, request
from werkzeug.wrappers import Response

from panoptes.common.errors import NotFound
from panoptes.common.moment import Moment
from panoptes.common.text import clean_text
from panoptes.common.wording import cut
from panoptes.queries.jobs import first_failures
from panoptes.queries.results import RunView
from panoptes.queries.runs import latest_news, workflow_named
from panoptes.render.summaries import headline, plain, summary
from panoptes.web.pages.blueprint import blueprint
from panoptes.web.request_time import request_time
from panoptes.web.services import services

ENTRIES = 50
EMPTY = datetime(2000, 1, 1, tzinfo=timezone.utc)
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@blueprint.get("/feed.atom")
def feed() -> Response:
    """What ended or failed lately."""
    moment = request_time()
    return _feed(moment, "panoptes", "feed", latest_news(moment, ENTRIES))


@blueprint.get("/feed/<key:name>.atom")
def feed_of_name(name: str) -> Response:
    """How the runs of one workflow ended or failed."""
    moment, name = request_time(), clean_text(name)
    workflow = workflow_named(moment, name)
    if workflow is None:
        raise NotFound(f"There is no workflow '{cut(name)}'.")
    runs = latest_news(moment, ENTRIES, workflow.workflow_id)
    return _feed(
        moment, f"panoptes: {plain(name, 80)}", f"feed of workflow {workflow.workflow_id}", runs
    )


def _feed(moment: Moment, title: str, identity: str, runs: list[RunView]) -> Response:
    failures = first_failures(moment, runs)
    body = render_template(
        "feed.xml",
        title=title,
        id=_urn(identity),
        address=services().settings.public_url or request.url_root.rstrip("/"),
        path=request.path,
        updated=max(map(_updated, runs), default=EMPTY),
        entries=[
            {
                "run": run,
                "id": _urn(f"run {run.run_id}"),
                "title": headline(run),
                "updated": _updated(run),
                "text": summary(run, failures.get(run.run_id)),
            }
            for run in runs
        ],
    )
    response = Response(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", body), mimetype=ATOM)
    response.add_etag()
    return response.make_conditional(request)


ATOM = "application/atom+xml"


def _updated(run: RunView) -> datetime:
    return run.completed_at or run.updated_at


def _urn(what: str) -> str:
    """Return an id that is this server's alone and stays, whatever its address.

    It comes from the key that signs sessions, which it doesn't give away.
    """
    return uuid.uuid5(
        uuid.NAMESPACE_URL, f"panoptes {current_app.config['SESSION_COOKIE_NAME']} {what}"
    ).urn
