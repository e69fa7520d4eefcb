"""Loads what a process needs until it ends, without the garbage collector's search through it."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Make what stays for good: modules, tables, routes.

    The collector would look through all of it again and again while it grows, which takes a third
    of a start, and in every full collection of the server afterwards.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        # At the exit, what it holds open is closed as always: SQLite's log goes into its file.
        atexit.register(gc.unfreeze)
        gc.enable()
