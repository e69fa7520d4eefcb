"""Guards the events of engines, which go past Flask (`web/intake/events.py`).

What is refused here is told with codes that no engine ends its pipeline for.
"""

from werkzeug.wrappers import Request

from panoptes.models.token import Reporter
from panoptes.web.guard import origin
from panoptes.web.services import Services


class UpdateGuard:
    """What each event passes before it is read."""

    def __init__(self, services: Services) -> None:
        self._hosts = services.hosts
        self._tokens = services.tokens

    def check(self, request: Request) -> None:
        """Refuse what a browser was made to send. Raises UnknownHost and BadRequest."""
        self._hosts.check(request.environ.get("HTTP_HOST"))
        origin.check_update(request)

    def reporter(self, request: Request) -> Reporter | None:
        """Return who sends an event, None where nobody needs a token.

        Whether it counts depends on the run, which `ingest` knows.
        """
        return self._tokens.reporter(request)
