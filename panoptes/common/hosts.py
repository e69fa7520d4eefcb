"""What names and numbers of machines say."""

import ipaddress

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # nosec B104  # To be told apart.


def name_of(host: str) -> str:
    """Return a host of a request without its port, in small letters."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    return name.lower().removeprefix("[").removesuffix("]").rstrip(".")


def is_address(name: str) -> bool:
    """Return whether this is a machine's number, which nobody can make lead elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Return whether only this machine reaches what listens there."""
    if is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name.lower() in LOOPBACK_NAMES or name.lower().endswith(".localhost")
