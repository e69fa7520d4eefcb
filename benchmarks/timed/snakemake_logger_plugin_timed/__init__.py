"""Our plugin with a watch: `snakemake --logger timed` takes the same options as `panoptes-ui`.

What a run is slower by is lost in the machine's own noise: a run that nobody watches takes 5 % more
or less each time. So this measures what there is to measure. At its end it adds a line to the file
that the variable PANOPTES_TIMES names: the seconds that Snakemake waited for the plugin, those of
them in which it waited for the end of the sending, and the processor's seconds of the threads that
send and keep.
"""

import json
import logging
import os
import threading
import time
from pathlib import Path

from snakemake_logger_plugin_panoptes_ui import LogHandler as Ours
from snakemake_logger_plugin_panoptes_ui import LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]


class LogHandler(Ours):
    """Does what our plugin does, and measures how long Snakemake waits for it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._waited, self._is_told = 0.0, False

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        begun = time.perf_counter()
        super().emit(record)
        self._waited += time.perf_counter() - begun

    def close(self) -> None:
        """End the watching; Snakemake calls it twice."""
        sending = sum(
            time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            for thread in threading.enumerate()
            if thread.name == "panoptes" and thread.ident
        )
        begun = time.perf_counter()
        super().close()
        ending = time.perf_counter() - begun
        if sending and not self._is_told:
            self._is_told = True
            times = {"waited": self._waited + ending, "ending": ending, "sending": sending}
            with Path(os.environ["PANOPTES_TIMES"]).open("a") as file:
                file.write(json.dumps(times) + "\n")
