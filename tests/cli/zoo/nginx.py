"""
Nginx in front of a healthy application: what it adds, and what it loses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from servers.launch import TRIES, answers, find_program, free_port, start

from .animals import ORIGIN

__all__ = ["HOUSES", "start_nginx"]

HOUSES: dict[str, tuple[str, frozenset[str]]] = {
    "plain": ("proxy_pass {site};", frozenset()),
    "second header": (
        f"proxy_pass {{site}}; add_header Access-Control-Allow-Origin {ORIGIN} always;",
        frozenset({"several-allow-origin"}),
    ),
    "star in front": (
        "proxy_pass {site}; add_header Access-Control-Allow-Origin * always;",
        frozenset({"several-allow-origin", "wildcard-with-credentials"}),
    ),
    "hidden vary": (
        "proxy_pass {site}; proxy_hide_header Vary;",
        frozenset({"vary-missing"}),
    ),
}
"""What stands in the location, and the flaws that this brings."""

_CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
_SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ {way} }}
        location = /ready {{ return 200; }}
    }}
"""


@contextmanager
def start_nginx(site: str, folder: Path) -> Iterator[dict[str, str]]:
    """
    Start nginx before an application, and give the URL of each of its houses.
    """
    program = find_program("nginx", "apt-get install nginx")
    for _ in range(TRIES):
        ports = {name: free_port() for name in HOUSES}
        file = folder / "nginx.conf"
        file.write_text(_configuration(site, ports, folder), encoding="utf-8")
        command = [program, "-e", "stderr", "-p", str(folder), "-c", str(file)]
        started = start(command, folder / "output.log", {})
        if answers(started, partial(_is_there, ports["plain"])):
            break
    else:
        raise RuntimeError(f"nginx does not start:\n{(folder / 'output.log').read_text()}")
    try:
        yield {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    finally:
        started.stop()


def _configuration(site: str, ports: dict[str, int], folder: Path) -> str:
    servers = [
        _SERVER.format(port=ports[name], way=way.format(site=site))
        for name, (way, _) in HOUSES.items()
    ]
    # As root, the workers would be somebody else, whom the folder does not let in.
    user = "user root;" if os.geteuid() == 0 else ""
    return _CONFIGURATION.format(user=user, folder=folder, servers="".join(servers))


def _is_there(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
