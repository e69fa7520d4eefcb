"""What can be wrong with a request or a command, each with its code and a sentence for people."""

import math
from typing import Any


class CannotRun(Exception):
    """panoptes can't do its work; the message says why and what to do, `code` is its exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


class Problem(Exception):
    """A request that can't be fulfilled.

    `status` is the code of its answer, `fields` are more of its JSON, `headers` more headers.
    """

    status = 400

    def __init__(self, sentence: str, **fields: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fields = fields
        self.headers: dict[str, str] = {}


class BadRequest(Problem):
    """The request itself is wrong."""


class Unauthorized(Problem):
    """It has to say who asks."""

    status = 401

    def __init__(self, sentence: str, *, is_browser: bool = True, **fields: Any) -> None:
        super().__init__(sentence, **fields)
        # A browser isn't asked for Basic: it would open a window of its own, and remember what it
        # is given there. But wget and feed readers give a password only to who asks for it.
        schemes = 'Bearer realm="panoptes"' + ("" if is_browser else ', Basic realm="panoptes"')
        self.headers["WWW-Authenticate"] = schemes


class Forbidden(Problem):
    """Who asks may not do it, or nobody may: running workflows are protected."""

    status = 403


class NotFound(Problem):
    """There is no such thing."""

    status = 404


class Conflict(Problem):
    """It doesn't go together with what is there."""

    status = 409


class Gone(Problem):
    """There is nothing left to act on."""

    status = 410


class TooLarge(Problem):
    """It is more than is taken at once."""

    status = 413


class UnknownHost(Problem):
    """It was meant for a server of another name."""

    status = 421


class TooMany(Problem):
    """Too many tries; the next one has to wait."""

    status = 429

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.headers["Retry-After"] = str(math.ceil(seconds))


class Unavailable(Problem):
    """It can't be done now, but may be in a moment."""

    status = 503


def database_reason(error: Exception) -> str:
    """Return in one line why a database failed, without the statement and what was to be stored."""
    cause = error.__cause__ if isinstance(error, Unavailable) else error
    said = str(getattr(cause, "orig", cause)).strip()
    return said.splitlines()[0] if said else type(cause).__name__
