"""Guards the events of engines, which may go past Flask (`web/intake/answering.py`).

What is refused here is told with codes that no engine ends its pipeline for.
"""

from werkzeug.wrappers import Request

from panoptes.models.token import Reporter
from panoptes.web.guard import origin
from panoptes.web.guard.hosts import Hosts
from panoptes.web.guard.token_cache import TokenCache


class UpdateGuard:
    """What each event passes before it is read."""

    def __init__(self, hosts: Hosts, tokens: TokenCache) -> None:
        self._hosts = hosts
        self._tokens = tokens

    def check(self, request: Request) -> None:
        """Refuse what a browser was made to send. Raises UnknownHost and BadRequest."""
        self._hosts.check(request.environ.get("HTTP_HOST"))
        origin.check_update(request)

    def reporter(self, request: Request) -> Reporter | None:
        """Return who sends an event, None where nobody needs a token.

        Whether it counts depends on the run, which `ingest/apply.py` knows.
        """
        return self._tokens.reporter(request)
