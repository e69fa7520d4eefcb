"""Where a server is, and the token that it may want: what people set, in the usual places."""

import netrc
import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

URL, TOKEN = "PANOPTES_URL", "PANOPTES_TOKEN"  # nosec B105  # Names of variables.
HERE = "http://127.0.0.1:5000"


class BadAddress(ValueError):
    """A text isn't the address of a server; the message says so in a sentence."""


class Address(NamedTuple):
    """A server's `url`, without user, token and slash at its end, and the `token` to send."""

    url: str
    token: str = ""

    @property
    def parts(self) -> SplitResult:
        """The parts of the address."""
        return urlsplit(self.url)


def find_address(
    url: str | None = None,
    token: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Address:
    """Return the server that was meant, and the token for it. Raises BadAddress.

    `url` and `token` are what was given for this call alone; otherwise, PANOPTES_URL names the
    server, and the token is the one in its address, in PANOPTES_TOKEN or in `.netrc`.
    """
    variables = os.environ if environment is None else environment
    given = (url or variables.get(URL) or HERE).strip()
    parts = _parts(given)
    # A user without a password may be a token, too: http://TOKEN@host.
    in_address = unquote(parts.password or parts.username or "")
    found = token or in_address or variables.get(TOKEN) or _from_netrc(parts.hostname or "")
    if found and not (found.isascii() and found.isprintable()):
        raise BadAddress("The token has characters that no token has.")
    host = parts.netloc.rpartition("@")[2]
    return Address(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", found.strip())


def _parts(url: str) -> SplitResult:
    shown = url.rpartition("@")[2]  # What comes before may be a token.
    wrong = BadAddress(f"'{shown}' is not the address of a server.")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        is_right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise wrong from error
    if not is_right or not url.isprintable() or " " in url:
        raise wrong
    return parts


def _from_netrc(host: str) -> str:
    """Return the password of a host in `~/.netrc`, or in the file that NETRC names."""
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
    except (OSError, ValueError, netrc.NetrcParseError, RuntimeError):
        return ""  # There is none, or it can't be read.
    return (found[2] or "") if found else ""
