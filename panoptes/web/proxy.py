"""Serves behind a reverse proxy: below a path, and with what the proxy tells of the client.

What X-Forwarded-* says is read by werkzeug's ProxyFix. Waitress has the like, but knows one proxy
by its address alone, and isn't there where another server runs `panoptes.wsgi`. Only the client's
address and its scheme are believed: proxies pass on Host as it came, and the path is a setting.
"""

import ssl
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from panoptes.config.settings import Settings

Networks = Sequence[IPv4Network | IPv6Network]


def behind_proxy(wsgi_app: "WSGIApplication", settings: "Settings") -> "WSGIApplication":
    """Return the app as it answers behind the proxies that the settings name."""
    if settings.url_prefix:
        wsgi_app = below(settings.url_prefix, wsgi_app)
    if settings.trusted_proxy:
        wsgi_app = trusting(settings.trusted_proxy, wsgi_app)
    return as_connected(wsgi_app)


def below(prefix: str, wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Serve below a path, which all links then begin with.

    Paths without it are served too: some proxies take it off, and whoever asks on this machine
    needs none.
    """

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(prefix)
        environ["SCRIPT_NAME"] = prefix
        return wsgi_app(environ, start_response)

    return serve


def trusting(proxies: Networks, wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Believe what these proxies say of the client, and nobody else."""
    believing = ProxyFix(wsgi_app, x_for=1, x_proto=1)

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_proxy = lies_in(proxies, environ.get("REMOTE_ADDR", ""))
        return (believing if is_proxy else wsgi_app)(environ, start_response)

    return serve


def as_connected(wsgi_app: "WSGIApplication") -> "WSGIApplication":
    """Begin with the scheme of the connection itself, whatever is said of it.

    By itself, gunicorn 27 believes X-Forwarded-Proto, X-Forwarded-Protocol and
    X-Forwarded-Ssl of all who connect from this machine or by a Unix socket.
    """

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if connection := environ.get("gunicorn.socket"):
            is_encrypted = isinstance(connection, ssl.SSLSocket)
            environ["wsgi.url_scheme"] = "https" if is_encrypted else "http"
        return wsgi_app(environ, start_response)

    return serve


def lies_in(networks: Networks, address: str) -> bool:
    """Return whether an address lies in one of the networks; what isn't one doesn't."""
    try:
        client = ip_address(address)
    except ValueError:  # The other end of a Unix socket has none.
        return False
    if isinstance(client, IPv6Address):
        client = client.ipv4_mapped or client  # A socket for both tells IPv4 so.
    return any(client in network for network in networks)
