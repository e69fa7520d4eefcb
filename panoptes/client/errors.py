"""What can go wrong between a client and its server, each told in a sentence."""


class ClientError(Exception):
    """A server can't be asked, or doesn't give what was asked for; the message says why."""


class BadAddress(ClientError, ValueError):
    """A text isn't the address of a server."""


class BadToken(ClientError, ValueError):
    """No token has these characters."""


class Unreachable(ClientError):
    """Nobody answers: asking again later may help."""


class Unavailable(Unreachable):
    """The server, or the proxy before it, can't answer at the moment."""


class NotPanoptes(ClientError):
    """Something answers that isn't panoptes 2."""


class Redirected(ClientError):
    """The address leads to another one, to which the token isn't sent."""


class Refused(ClientError):
    """The server says no; `status` is its HTTP status code, the message its own sentence."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unauthorized(Refused):
    """The server requires a token, or doesn't accept this one (401)."""


class NotFound(Refused):
    """The server has no such workflow or run (404)."""
