"""A real nginx with the configuration of `deploy/`, as any user and on free ports."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlsplit

from devtools.hanging import HALF_SENT
from devtools.running import ROOT
from tests.deploy.web import Web

SITE = ROOT / "deploy/nginx.conf"
MISSING = "needs nginx and openssl: apt-get install nginx-light openssl"
# What a nginx reads before its sites; all that it writes stays in its folder.
MAIN = """
{user}
daemon off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""


def find_binary() -> str | None:
    """Return the path of nginx, None where it or openssl is missing."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    return found if shutil.which("openssl") else None


@contextmanager
def half_sent(site: Web, number: int, own: str = "127.0.0.1") -> Iterator[list[ssl.SSLSocket]]:
    """Let so many requests, heads and bodies in turn, be half-sent to it from an own address."""
    place = urlsplit(site.base)
    assert site.context
    with ExitStack() as stack:
        made = []
        for begun in islice(cycle(HALF_SENT), number):
            connection = socket.create_connection(
                (str(place.hostname), place.port or 0), timeout=30, source_address=(own, 0)
            )
            made.append(site.context.wrap_socket(connection, server_hostname=place.hostname))
            stack.enter_context(made[-1])
            made[-1].sendall(begun.replace(b"POST /", b"POST /panoptes/"))
        yield made


@contextmanager
def running_nginx(binary: str, folder: Path, upstream: str) -> Iterator[tuple[Web, Web]]:
    """Serve `upstream` (host:port) behind nginx; yield its site by HTTPS and by plain HTTP."""
    _make_certificate(folder)
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        ports = [each.getsockname()[1] for each in sockets]
        _write_configuration(folder, upstream, *ports)
        process = _start(binary, folder, [each.fileno() for each in sockets])
        try:
            context = ssl.create_default_context(cafile=folder / "site.pem")
            yield (
                Web(f"https://localhost:{ports[0]}", context),
                Web(f"http://localhost:{ports[1]}"),
            )
        finally:
            process.terminate()
            process.wait(timeout=30)


def _start(binary: str, folder: Path, files: list[int]) -> subprocess.Popen[bytes]:
    # So it takes over sockets when it is upgraded, and so nobody else can take our ports.
    inherited = "".join(f"{file};" for file in files)
    return subprocess.Popen(
        [binary, "-p", folder, "-c", "nginx.conf", "-e", "stderr"],
        env=os.environ | {"NGINX": inherited},
        pass_fds=files,
        stdin=subprocess.DEVNULL,
    )


def _write_configuration(folder: Path, upstream: str, tls_port: int, port: int) -> None:
    user = "user root;" if os.geteuid() == 0 else ""  # Nobody else enters a test's folder.
    (folder / "nginx.conf").write_text(MAIN.format(user=user))
    site = SITE.read_text()
    for example, ours in {
        "server 127.0.0.1:5000;": f"server {upstream};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "listen [::]:80;": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{tls_port} ssl;",
        "listen [::]:443 ssl;": "",
        "/etc/ssl/certs/lab.example.pem": f"{folder}/site.pem",
        "/etc/ssl/private/lab.example.key": f"{folder}/site.key",
    }.items():
        assert site.count(example) == 1, example
        site = site.replace(example, ours)
    (folder / "site.conf").write_text(site)


def _make_certificate(folder: Path) -> None:
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", folder / "site.key"]
    told = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", "-out", folder / "site.pem", *made, *told],
        check=True,
        capture_output=True,
    )
