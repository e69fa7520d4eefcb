"""What can be wrong with a request, each with its status code and a sentence for people."""


class Problem(Exception):
    """A request that can't be fulfilled; `status` is the code of its answer."""

    status = 400

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BadRequest(Problem):
    """The request itself is wrong."""


class StillRunning(Problem):
    """Running workflows are protected."""

    status = 403


class CrossSite(Problem):
    """Another web site's page asked a browser to change something here."""

    status = 403


class OldForm(Problem):
    """A form that doesn't come from a page of ours, as far as anyone can tell."""

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


class UnknownHost(Problem):
    """It was meant for a server of another name."""

    status = 421


class Unavailable(Problem):
    """It can't be done now, but may be in a moment."""

    status = 503
