"""What WES can do besides reading: panoptes can't, and says where it can be done."""

from typing import NoReturn

from flask import url_for

from panoptes.common.errors import Forbidden
from panoptes.models.token import Right
from panoptes.web.ga4gh import DOCUMENTS
from panoptes.web.guard.rights import needs
from panoptes.web.wes.blueprint import RUN, blueprint
from panoptes.web.wes.parameters import found_run


@blueprint.post("/runs")
@needs(Right.READ)
def start_run() -> NoReturn:
    """Refuse to start a run. Raises Forbidden."""
    raise Forbidden(
        "panoptes watches workflows and starts none: start this one with its own engine, which can"
        f" report here. {DOCUMENTS}/connecting.md says how."
    )


@blueprint.post(f"{RUN}/cancel")
@needs(Right.READ)
def cancel_run(run_id: str) -> NoReturn:
    """Refuse to cancel a run. Raises Forbidden."""
    run = found_run(run_id)
    page = url_for("pages.workflow", workflow_id=run.workflow_id, run=run.run, _external=True)
    raise Forbidden(
        "panoptes only watches this run: stop it where it was started, or on its page where that"
        f" is allowed: {page}"
    )
