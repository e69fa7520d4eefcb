"""What is wrong with something a client sent."""

# A rule with 10,000 inputs has some 30,000 values; ten times as many take a second, and ten
# megabytes of them half a gigabyte of memory.
MAX_VALUES = 100_000


class Broken(ValueError):
    """A field that can't be understood.

    `field` is its name in the request, `reason` a sentence for the person who reads the answer.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
