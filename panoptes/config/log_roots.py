"""Folders whose log files pages may show, and what the clients call them."""

import os
import posixpath
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogRoot:
    """A folder whose files may be shown; `client` is what the clients call it, if not the same."""

    server: str
    client: str | None = None


def read_log_root(value: str) -> LogRoot:
    """Return the folder of `DIR` or `SERVER=CLIENT`. Raises ValueError."""
    server, equals, client = value.partition("=")
    if os.path.isdir(value):  # noqa: PTH112  # A folder's name may hold a "=".
        server, equals = value, ""
    if equals and not posixpath.isabs(client):
        raise ValueError("is not a pair of folders: give DIR or SERVER=CLIENT, both absolute paths")
    if not os.path.isdir(server):  # noqa: PTH112
        raise ValueError("is not an existing folder")
    if not ({os.open, os.stat} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")):
        raise ValueError("can't be shown: this system can't open files without following links")
    client_root = posixpath.normpath(client) if equals else None
    return LogRoot(os.path.abspath(server), client_root)  # noqa: PTH100  # Links stay as they are.
