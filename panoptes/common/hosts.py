"""Names and addresses of machines: what is meant by them."""

import ipaddress

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  # nosec B104  # Compared with only.


def without_port(host: str) -> str:
    """Return the host that a request names without its port, in lower case."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        name = host
    return name.lower().removeprefix("[").removesuffix("]").rstrip(".")


def is_address(name: str) -> bool:
    """Return whether this is an IP address: unlike a name, it can't be made to lead elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Return whether only this machine can connect to what listens there."""
    if is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name.lower() in LOOPBACK_NAMES or name.lower().endswith(".localhost")
