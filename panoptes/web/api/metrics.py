"""What Prometheus asks for: how everything stands, in numbers."""

from flask import Response, request

from panoptes.web.api.blueprint import blueprint


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell all metrics, in the format of Prometheus that the request asks for."""
    # Loaded by the first that asks: the library would make every start slower.
    from panoptes.web.api.exposition import expose

    text, content_type = expose(request.headers.get("Accept", ""))
    return Response(text, content_type=content_type)
