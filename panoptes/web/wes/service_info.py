"""What this service is, as WES wants it told: it starts nothing, so it accepts no versions."""

from flask import Response, jsonify, url_for

from panoptes.engines.terms import all_terms
from panoptes.models.token import Right
from panoptes.queries import change_tokens, runs
from panoptes.web.conditional import unless_known
from panoptes.web.ga4gh import DOCUMENTS, SERVICE
from panoptes.web.guard.rights import needs
from panoptes.web.guard.visitors import find_visitor
from panoptes.web.request_time import request_time
from panoptes.web.wes.blueprint import blueprint
from panoptes.web.wes.shapes import STATES

VERSION = "1.1.0"
READ_ONLY = "Runs can be read here, but neither started nor cancelled."


@blueprint.get("/service-info")
@needs(None)
def show_service_info() -> Response:
    """Return the service's description; how many runs there are is for those who may see them."""
    may_read = find_visitor().may(Right.READ)
    return unless_known(change_tokens.everything(), lambda: _service_info(may_read), may_read)


def _service_info(may_read: bool) -> Response:
    known = all_terms()
    languages = {words.workflow_type for words in known.values() if words.language}
    return jsonify(
        {
            **SERVICE,
            "type": {"group": "org.ga4gh", "artifact": "wes", "version": VERSION},
            "documentationUrl": f"{DOCUMENTS}/wes.md",
            "workflow_type_versions": {
                language: {"workflow_type_version": []} for language in sorted(languages)
            },
            "supported_wes_versions": [VERSION],
            "supported_filesystem_protocols": [],
            "workflow_engine_versions": {
                engine: {"workflow_engine_version": []} for engine in known
            },
            "default_workflow_engine_parameters": [],
            "system_state_counts": _state_counts() if may_read else {},
            "auth_instructions_url": url_for("pages.login_form", _external=True),
            "tags": {"read_only": READ_ONLY},
        }
    )


def _state_counts() -> dict[str, int]:
    counts = dict.fromkeys(STATES.values(), 0)
    for status, number in runs.run_counts(request_time()).items():
        counts[STATES[status]] += number
    return counts
