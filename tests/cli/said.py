"""What a command leaves."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """Its exit code, output and error output."""

    code: int
    out: str
    err: str
