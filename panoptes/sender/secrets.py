"""Blots secrets out of a command before anybody else sees it."""

import re
import shlex
from collections.abc import Sequence

BLOT = "***"

_NAME = r"(?:passw(?:or)?d|passwd|pwd|token|secret|credential|api[-_]?key|access[-_]?key)"
# `--my-token`, but not `--config`, which is followed by NAME=VALUE.
_OPTION = re.compile(rf"--?[\w.-]*{_NAME}[\w.-]*", re.IGNORECASE)
_ASSIGNED = re.compile(rf"([\w.-]*{_NAME}[\w.-]*[\"']?\s*[=:]\s*).+", re.IGNORECASE | re.DOTALL)
_USER = re.compile(r"(\w[\w+.-]*://)[^\s/?#]*@")
_PARAMETER = re.compile(rf"([?&;][\w.-]*(?:{_NAME}|key|sig)[\w.-]*=)[^&;#\s]+", re.IGNORECASE)


def without_secrets(words: Sequence[str]) -> str:
    """Return a command as it can be typed, with *** in the place of passwords and tokens.

    `words` are the command's, as its program got them.
    """
    shown: list[str] = []
    follows_secret = False
    for word in words:
        is_value = follows_secret and not word.startswith("-")
        shown.append(BLOT if is_value else blot(word))
        follows_secret = _OPTION.fullmatch(word) is not None
    return shlex.join(shown)


def blot(word: str) -> str:
    """Return a word without the secrets that it holds: in an address, or behind their names."""
    word = _USER.sub(rf"\1{BLOT}@", word)
    word = _PARAMETER.sub(rf"\1{BLOT}", word)
    if "://" in word:
        return word
    return _ASSIGNED.sub(rf"\1{BLOT}", word)
