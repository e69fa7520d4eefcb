"""Slows down who guesses tokens: by being refused for a while, not by being kept waiting.

A secret has 256 random bits, so nobody guesses one. This keeps the log and the processor from
those who try, and holds should somebody ever bring a secret of his own.
"""

import ipaddress
import threading
import time
from collections import OrderedDict

# So many wrong tokens in a row, then one every so many seconds.
FREE = 10
SECONDS = 6.0
# Addresses, and wrong tokens, of which something is remembered; then the oldest are forgotten.
REMEMBERED = 10_000


class Throttle:
    """Counts the wrong tokens that come from each address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Until when the wrong tokens of an address are paid for, each with so many seconds.
        self._paid_at: OrderedDict[str, float] = OrderedDict()
        self._seen: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    def wait(self, address: str | None) -> float:
        """Return for how many seconds an address may not try again; 0 when it may."""
        paid_at = self._paid_at.get(_network(address), 0.0)
        return max(0.0, paid_at - time.monotonic() - (FREE - 1) * SECONDS)

    def count(self, address: str | None, digest: bytes) -> None:
        """Count a wrong token.

        The same one again is a script with an old one that nobody told, and no guess: who shares
        its address must not suffer.
        """
        network = _network(address)
        with self._lock:
            if (network, digest) in self._seen:
                return
            self._seen[network, digest] = None
            now = time.monotonic()
            self._paid_at[network] = max(now, self._paid_at.pop(network, now)) + SECONDS
            for memory in (self._seen, self._paid_at):
                if len(memory) > REMEMBERED:
                    memory.popitem(last=False)


def _network(address: str | None) -> str:
    """Return what stands for an address: who has one of IPv6 has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:  # A socket in the file system has none.
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Address(int(found) >> 64 << 64))
