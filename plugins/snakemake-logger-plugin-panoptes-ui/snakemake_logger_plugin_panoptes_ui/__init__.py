"""Snakemake's logger plugin for panoptes: `snakemake --logger panoptes-ui`.

Every call of Snakemake imports every logger plugin that is installed, also calls without
`--logger`. So this module imports next to nothing, and the rest is imported when a run begins. Its
settings have plain types, for Snakemake makes options of them.
"""

import logging
from dataclasses import dataclass, field
from typing import Any, Optional

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

__version__ = "2.0.0"


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """The options `--logger-panoptes-ui-…`, and `SNAKEMAKE_LOGGER_PANOPTES_UI_…` for each."""

    address: Optional[str] = field(
        default=None,
        metadata={
            "help": "The server's address, such as https://panoptes.example.org. [default: the"
            " variable PANOPTES_URL, else http://127.0.0.1:5000]",
            "env_var": True,
            "metavar": "URL",
        },
    )
    token: Optional[str] = field(
        default=None,
        metadata={
            "help": "The token that the server wants. Others see what is typed: better set the"
            " variable PANOPTES_TOKEN, or put it into ~/.netrc or the address"
            " (https://me:TOKEN@HOST).",
            "env_var": True,
            "metavar": "TOKEN",
        },
    )
    name: Optional[str] = field(
        default=None,
        metadata={
            "help": "The workflow's name on the pages; its runs are collected under it. [default:"
            " the name of the folder in which it runs]",
            "env_var": True,
            "metavar": "NAME",
        },
    )
    logs: str = field(
        default="failed",
        metadata={
            "help": "Of which jobs the ends of their log files are sent: none, failed or all. What"
            " a running job writes is sent only while somebody looks at it, and never with none."
            " [default: failed]",
            "env_var": True,
            "choices": ["none", "failed", "all"],
            "metavar": "WHICH",
        },
    )
    allow_stop: bool = field(
        default=False,
        metadata={
            "help": "Let the run be stopped from its page, as Ctrl-C does.",
            "env_var": True,
        },
    )
    labels: Optional[str] = field(
        default=None,
        metadata={
            "help": "Labels by which the run can be found, with commas between them: at most 20, of"
            " up to 60 characters each.",
            "env_var": True,
            "metavar": "A,B",
        },
    )
    note: Optional[str] = field(
        default=None,
        metadata={
            "help": "What there is to say of the run; its page shows it.",
            "env_var": True,
            "metavar": "TEXT",
        },
    )


class LogHandler(LogHandlerBase):
    """Hands Snakemake's records on to a `Watcher`; whatever goes wrong there, the run goes on."""

    def __post_init__(self) -> None:
        if not hasattr(self, "filters"):  # The interface before 2.0 doesn't do so.
            logging.Handler.__init__(self)
        self._watcher: Any = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        try:
            if self._watcher is None:
                from .watcher import Watcher

                self._watcher = Watcher(self.settings, self.common_settings)
            self._watcher.take(record)
        except Exception:  # noqa: BLE001, S110  # Snakemake would print a traceback.
            pass

    def close(self) -> None:
        """End the watching; Snakemake calls it twice."""
        try:
            if self._watcher is not None:
                self._watcher.close()
        except Exception:  # noqa: BLE001, S110
            pass
        finally:
            super().close()

    @property
    def writes_to_stream(self) -> bool:
        """Snakemake goes on to write to the terminal itself."""
        return False

    @property
    def writes_to_file(self) -> bool:
        """Nor does it write a log file."""
        return False

    @property
    def has_filter(self) -> bool:
        """Without a filter of its own, `--quiet` would keep back what is to be sent."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Records aren't formatted."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """The graph of all rules comes before the first of them runs."""
        return True
