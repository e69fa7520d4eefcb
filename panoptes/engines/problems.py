"""What is wrong with something a client sent."""

# A job with 120,000 inputs names each in its reason, too; a value takes 60 bytes and more.
MAX_VALUES = 250_000
# Of maps: each takes twice the memory of a value, and six times its time.
MAX_PAIRS = 100_000
# Of lists and maps; no event has a thousand, and each takes ten times the memory of a text.
MAX_CONTAINERS = 50_000


class Broken(ValueError):
    """A field that can't be understood.

    `field` is its name in the request, `reason` a sentence for the person who reads the answer.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class TooMuch(Broken):
    """A body that holds more values than any client sends."""


def holds_too_much(text: str) -> bool:
    """Return whether a text in JSON holds more than any client sends.

    It would take seconds and half a gigabyte of memory.
    """
    if not _exceeds(text):
        return False
    # Names of files, and reasons, may have commas and brackets.
    unescaped = text.replace("\\\\", "").replace('\\"', "")
    if unescaped.count('"') > 2 * (MAX_VALUES + MAX_PAIRS):
        return True
    return _exceeds("".join(unescaped.split('"')[::2]))


def _exceeds(text: str) -> bool:
    return (
        text.count(",") > MAX_VALUES
        or text.count(":") > MAX_PAIRS
        or text.count("[") + text.count("{") > MAX_CONTAINERS
    )
