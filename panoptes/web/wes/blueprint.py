"""The blueprint of WES."""

from flask import Blueprint

from panoptes.web.ga4gh import WES

blueprint = Blueprint("wes", __name__, url_prefix=WES)

RUN = "/runs/<run_id>"
TASK = f"{RUN}/tasks/<task_id>"
