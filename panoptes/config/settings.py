"""Every setting: its name, type, default and meaning, in one table that code and help read."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from panoptes.config.log_roots import LogRoot, read_log_root
from panoptes.config.recipients import (
    Recipient,
    read_extra,
    read_recipient,
    read_secret,
    read_webhook,
    without_secrets,
)

PREFIX = "PANOPTES_"
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_ORIGIN = re.compile(r"(https?)://([a-z0-9][a-z0-9_.-]*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?")
_PORTS = {"http": "80", "https": "443"}


class BadSetting(ValueError):
    """A setting with a value that can't be used; the message says where it came from."""


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def _port(value: str) -> int:
    port = int(value) if value.isascii() and value.isdigit() else -1
    if not 0 <= port <= 65535:
        raise ValueError("is not a port: give a number from 0 (any free port) to 65535")
    return port


def _amount(value: str, of_what: str) -> float:
    try:
        amount = float(value)
    except ValueError:
        amount = -1.0
    # The calendar begins some 700,000 days ago.
    if not 0 <= amount <= 500_000:
        raise ValueError(f"is not a number of {of_what}, 0.5 or 0 (off)")
    return amount


def _switch(value: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False, "": False}
    if value.strip().lower() not in words:
        raise ValueError("is neither yes nor no")
    return words[value.strip().lower()]


def _host(value: str) -> str:
    if not _HOST.fullmatch(value.strip()):
        raise ValueError("is not a host name: give it without http:// and without the port")
    return value.strip().rstrip(".").lower()


def _network(value: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value.strip(), strict=False)
    except ValueError as error:
        raise ValueError("is not an IP address or network, such as 127.0.0.1") from error


def _origin(value: str) -> str:
    found = _ORIGIN.fullmatch(value.strip().lower())
    if not found:
        raise ValueError(
            "is not an origin: give one such as https://portal.example or http://host:3000"
        )
    scheme, host, port = found.groups()
    # Browsers leave out the scheme's own port.
    return f"{scheme}://{host}" + (f":{port}" if port and port != _PORTS[scheme] else "")


def _prefix(value: str) -> str:
    prefix = value.strip().rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", prefix):
        raise ValueError("is not a path: give one that begins with a slash, such as /panoptes")
    return prefix


def _web_address(value: str) -> str:
    address = value.strip().rstrip("/")
    parts = urlsplit(address)
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc)
    if address and not (parts.scheme in ("http", "https") and parts.netloc and is_plain):
        raise ValueError(
            "is not the address of a server: give one such as https://panoptes.example"
        )
    return address


def _setting(
    default: Any,
    parse: Callable[[str], Any],
    meaning: str,
    flags: tuple[str, ...] | None = None,
    metavar: str = "",
    separator: str | None = os.pathsep,
    shown: Callable[[str], str] = str,
) -> Any:
    """Describe a setting.

    One whose default is a tuple may be given several times; in its variable, `separator` stands
    between the values (None: blanks). `flags` are its options, if not just its name; `shown` is
    what can be told of a bad value.
    """
    metadata = {"parse": parse, "help": meaning, "flags": flags, "metavar": metavar}
    return field(default=default, metadata=metadata | {"separator": separator, "shown": shown})


@dataclass(frozen=True)
class Settings:
    """The settings of one server; each is also an environment variable, PANOPTES_<NAME>."""

    ip: str = _setting(
        "127.0.0.1",
        _text,
        "address to listen on; 0.0.0.0 is every network that this machine is in",
        flags=("--ip", "--host"),
    )
    port: int = _setting(5000, _port, "port to listen on; 0 takes a free one")
    db_url: str = _setting(
        "sqlite:///.panoptes.db",
        _text,
        "database: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
    )
    allowed_host: tuple[str, ...] = _setting(
        (),
        _host,
        "name by which browsers and clients may ask for this server, beside addresses, localhost"
        " and this machine's own names; repeatable",
        metavar="NAME",
    )
    cors_origin: tuple[str, ...] = _setting(
        (),
        _origin,
        "web site whose pages may read the API in a browser and, with a token, change things;"
        " repeatable",
        metavar="ORIGIN",
        separator=",",  # Origins hold colons.
    )
    embed_origin: tuple[str, ...] = _setting(
        (),
        _origin,
        "web site whose pages may show ours in a frame, with ?embed in the address; repeatable",
        metavar="ORIGIN",
        separator=",",
    )
    public_badges: bool = _setting(
        False, _switch, "let everybody read badges, also where the rest requires a token"
    )
    read_only: bool = _setting(
        False, _switch, "change nothing through pages and API; clients go on reporting"
    )
    secret_key_file: str = _setting(
        "",
        str.strip,
        "file with the key that signs sessions and forms, made where there is none; without it,"
        " FILE.key beside a SQLite FILE, else .panoptes.key in the current folder",
        flags=(),
    )
    url_prefix: str = _setting(
        "", _prefix, "path below which a reverse proxy serves panoptes", metavar="PATH"
    )
    trusted_proxy: tuple[IPv4Network | IPv6Network, ...] = _setting(
        (),
        _network,
        "address or network of a reverse proxy, whose X-Forwarded-For and -Proto are trusted;"
        " repeatable",
        metavar="ADDRESS",
        separator=",",  # Addresses hold colons.
    )
    verbose: bool = _setting(False, _switch, "log each request", flags=("-v", "--verbose"))
    stale_hours: float = _setting(
        48.0,
        partial(_amount, of_what="hours: give 48"),
        "hours of silence after which a running workflow is shown as Stale; 0 never",
        flags=(),
    )
    retention: float = _setting(
        0.0,
        partial(_amount, of_what="days: give 90"),
        "days after its end when a run is removed, unless its workflow is pinned; 0 never",
        metavar="DAYS",
    )
    log_root: tuple[LogRoot, ...] = _setting(
        (),
        read_log_root,
        "folder below which pages may show jobs' log files, or SERVER=CLIENT where clients call"
        " it otherwise; repeatable",
        metavar="DIR",
    )
    notify: tuple[Recipient, ...] = _setting(
        (),
        read_recipient,
        "address to notify of failures and ends, in any form that apprise knows"
        " (mailto://…), or PATTERN=ADDRESS for some workflows only; repeatable",
        metavar="ADDRESS",
        separator=None,  # Addresses hold all other characters.
        shown=without_secrets,
    )
    webhook: tuple[Recipient, ...] = _setting(
        (),
        read_webhook,
        "web address that gets the same as signed JSON, or PATTERN=URL; repeatable",
        metavar="URL",
        separator=None,
        shown=without_secrets,
    )
    notify_also: tuple[str, ...] = _setting(
        (),
        read_extra,
        "what recipients are told of, too: late (a run that takes longer than usual), slow-job"
        " (a job that does), failed-again (with the same words as the run before); repeatable",
        metavar="KIND",
    )
    webhook_secret: str = _setting(
        "",
        read_secret,
        "secret that signs webhooks, known to their receivers too: 16 characters or more",
        flags=(),
        shown=lambda _: "…",
    )
    public_url: str = _setting(
        "",
        _web_address,
        "full address under which people reach this server, for the links in notifications and"
        " feeds",
        metavar="URL",
    )


SETTINGS: tuple[Field[Any], ...] = fields(Settings)


def variable(setting: Field[Any]) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + setting.name.upper()


def flags(setting: Field[Any]) -> tuple[str, ...]:
    """Return the options of a setting on a command line, none where it has only its variable."""
    own: tuple[str, ...] | None = setting.metadata["flags"]
    return (f"--{setting.name.replace('_', '-')}",) if own is None else own


def is_repeatable(setting: Field[Any]) -> bool:
    """Return whether a setting may be given several times."""
    return isinstance(setting.default, tuple)


def load(
    options: Mapping[str, str | Sequence[str] | None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings: from the command line, else from the environment, else the default.

    `options` maps a setting's name to its text on the command line, to all of its texts where it
    is repeatable; to None or no texts where it isn't given. Raises BadSetting.
    """
    options = options or {}
    environ = os.environ if environ is None else environ
    values = {}
    for setting in SETTINGS:
        option, name = options.get(setting.name), variable(setting)
        if option is not None and option != ():
            values[setting.name] = _parse(setting, option, flags(setting)[0])
        elif name in environ:
            values[setting.name] = _parse(setting, environ[name], name)
    return Settings(**values)


def _parse(setting: Field[Any], value: str | Sequence[str], source: str) -> Any:
    if not is_repeatable(setting):
        return _parse_one(setting, str(value), source)
    if isinstance(value, str):
        value = [text for text in value.split(setting.metadata["separator"]) if text.strip()]
    return tuple(_parse_one(setting, text, source) for text in value)


def _parse_one(setting: Field[Any], value: str, source: str) -> Any:
    try:
        return setting.metadata["parse"](value)
    except ValueError as error:
        shown = setting.metadata["shown"](value)
        raise BadSetting(f"{source}: '{shown}' {error}.") from error
