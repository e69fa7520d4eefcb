"""All tokens in memory, read again every second: asking the database for each event costs more.

Other processes add and revoke tokens too, so what is known here may be a second old.
"""

import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Request

from panoptes.models.token import KEY_BYTES, MAX_SECRET, KnownToken, Reporter, Right, digest
from panoptes.queries.owners import has_ownerless_run
from panoptes.queries.tokens import all_tokens

# Seconds for which the tokens in memory are used. Where one is missing they are read again
# earlier: it may have been made just now.
FRESH = 1.0
FRESH_FOR_UNKNOWN = 0.1
# Seconds for which it is known whether a run without an owner may report; new ones don't come while
# there are tokens. They may report so long after their end.
FRESH_FOR_OWNERLESS = 10.0
LATE = timedelta(days=1)


class _Snapshot(NamedTuple):
    """All tokens as they stood in the database at a time of the monotonic clock."""

    read_at: float
    by_key: dict[bytes, KnownToken]
    is_used: bool


class TokenCache:
    """The tokens, by the beginnings of their digests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._snapshot = _Snapshot(float("-inf"), {}, is_used=False)
        self._ownerless = (float("-inf"), False)

    def is_used(self) -> bool:
        """Return whether there are tokens: then everybody needs one.

        Expired ones count, or the server would open itself to all one night.
        """
        return self._read(FRESH).is_used

    @property
    def was_used(self) -> bool:
        """Whether there were tokens when they were read last."""
        return self._snapshot.is_used

    def valid_tokens(self, at: datetime) -> Collection[KnownToken]:
        """Return all tokens that are valid: others once one is added or revoked, or expires."""
        return {token for token in self._read(FRESH).by_key.values() if token.is_valid(at)}

    def reporter(self, request: Request) -> Reporter | None:
        """Return who reports of a run, with a token that may be a former one.

        None where nobody needs a token.
        """
        if not self.is_used():
            return None
        secret = sent_secret(request)
        return Reporter(self.of_secret(secret) if secret else None)

    def may_report(self, reporter: Reporter, now: datetime) -> bool:
        """Return whether there may be a run of which a reporter's messages count.

        Without a token that may report, those of runs that were registered without one do.
        """
        if reporter.token is not None and Right.REPORT in reporter.token.rights:
            return True
        read_at, found = self._ownerless
        if time.monotonic() - read_at > FRESH_FOR_OWNERLESS:
            found = has_ownerless_run(self._engine, now - LATE)
            self._ownerless = (time.monotonic(), found)
        return found

    def of_secret(self, secret: str) -> KnownToken | None:
        """Return the token with this secret, valid or not."""
        if len(secret) > MAX_SECRET:
            return None
        wanted = digest(secret)
        found = self.of_key(wanted[:KEY_BYTES])
        return found if found is not None and found.is_of(wanted) else None

    def of_key(self, key: bytes) -> KnownToken | None:
        """Return the token whose digest begins so."""
        found = self._read(FRESH).by_key.get(key)
        return found or self._read(FRESH_FOR_UNKNOWN).by_key.get(key)

    def _read(self, max_age: float) -> _Snapshot:
        # Threads may read the same at once; each puts a whole snapshot in place.
        read_at = time.monotonic()
        if read_at - self._snapshot.read_at > max_age:
            try:
                tokens = all_tokens(self._engine)
            except OperationalError:  # It may have been restarted: all connections are new now.
                tokens = all_tokens(self._engine)
            self._snapshot = _Snapshot(
                read_at,
                {token.key: token for token in tokens},
                is_used=any(token.revoked_at is None for token in tokens),
            )
        return self._snapshot


def sent_secret(request: Request) -> str | None:
    """Return the secret that came with a request, as Bearer or as a password; None without one."""
    sent = request.authorization
    if sent is None:
        return None
    return sent.password if sent.type == "basic" else sent.token
