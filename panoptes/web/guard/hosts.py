"""By which names this server may be asked for.

A stranger's site may have its own name lead to this machine (DNS rebinding). The browser then
takes this server for a part of that site, whose page may read all answers. But it says the name.
"""

import logging
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from panoptes.common.errors import UnknownHost
from panoptes.common.hosts import EVERYWHERE, is_address, is_loopback, without_port
from panoptes.common.rate_limited_log import RateLimitedLog

# Hosts come from strangers: so many answers are remembered.
REMEMBERED = 256

log = RateLimitedLog(logging.getLogger(__name__))


class Hosts:
    """The names of this server: addresses, loopback, its machine's own, and those it was given."""

    def __init__(self, ip: str, allowed: Iterable[str]) -> None:
        self._given = {ip.lower(), *allowed}
        self._everywhere = ip in EVERYWHERE
        self.knows = lru_cache(REMEMBERED)(self._knows)

    def _knows(self, host: str) -> bool:
        """Return whether `host` is one of them, as a request says it: with or without a port."""
        name = without_port(host)
        return (
            is_address(name)
            or is_loopback(name)
            or name in self._given
            or name in machine_names(self._everywhere)
        )

    def check(self, host: str | None) -> None:
        """Refuse a request for a host that this server isn't. Raises UnknownHost.

        Who names no host is no browser.
        """
        if not host or self.knows(host):
            return
        name = without_port(host)[:100]
        log.warning("Refused a request for the host %r: --allowed-host makes it known.", name)
        raise UnknownHost(
            f"This server doesn't answer to the name '{name}'. If that is its name, start it"
            f" with --allowed-host {name} (or PANOPTES_ALLOWED_HOST={name})."
        )


@lru_cache
def machine_names(everywhere: bool) -> frozenset[str]:
    """Return what this machine is called; all its names where it listens everywhere.

    Looked up when it is first needed: a name server may take its time.
    """
    own = socket.gethostname()
    names = {own, f"{own.split('.')[0]}.local", socket.getfqdn()}
    if everywhere:
        with suppress(OSError):  # It may have no address under its own name.
            name, aliases, addresses = socket.gethostbyname_ex(own)
            names.update((name, *aliases))
            for address in addresses:
                with suppress(OSError):
                    name, aliases, _ = socket.gethostbyaddr(address)
                    names.update((name, *aliases))
    return frozenset(name.lower().rstrip(".") for name in names)
