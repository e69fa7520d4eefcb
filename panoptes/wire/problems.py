"""What is wrong with something a client sent."""


class Broken(ValueError):
    """A field that can't be understood.

    `field` is its name in the request, `reason` a sentence for the person who reads the answer.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
