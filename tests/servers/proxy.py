"""
Nginx before a server of the site: each port is one way to configure it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .client import Client
from .launch import TRIES, Started, answers, find_program, free_port, start

__all__ = ["BODY_LIMIT", "CACHE_STATUS", "Proxy", "start_proxy"]

BODY_LIMIT = 1000
"""The longest request body that nginx lets through, in bytes."""

CACHE_STATUS = "X-Cache-Status"
"""The response header that tells whether the answer came from the cache."""

_WAYS = {
    "plain": "proxy_pass http://site;",
    "keeps host": "proxy_pass http://site; proxy_set_header Host $http_host;",
    "names port": "proxy_pass http://site; proxy_set_header Host $host:$server_port;",
    "ends TLS": "proxy_pass http://site; proxy_set_header Host $host:443;",
    "forwards host": "proxy_pass http://site; proxy_set_header X-Forwarded-Host $http_host;",
    "adds headers": "proxy_pass http://site; add_header Access-Control-Allow-Origin * always;",
    "nobody behind": "proxy_pass http://nobody;",
    "caches": f"""
            proxy_pass http://site;
            proxy_set_header Host $http_host;
            proxy_cache shared;
            proxy_cache_lock on;
            add_header {CACHE_STATUS} $upstream_cache_status always;
    """,
}
_CONFIGURATION = """
daemon off;
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=shared:4m inactive=10m use_temp_path=off;
    client_max_body_size {limit};
    keepalive_requests 1000000;
    proxy_http_version 1.1;
    upstream site {{ server 127.0.0.1:{site}; keepalive 8; }}
    upstream nobody {{ server 127.0.0.1:{nobody}; }}
    {servers}
}}
"""
_SERVER = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ {way} }}
        location /nginx/ {{ return 404; }}
    }}
"""


@dataclass(slots=True)
class Proxy(Started):
    """
    Hold an nginx that runs.

    Attributes:
        ports: The port of each way to configure it.
    """

    ports: dict[str, int]


def start_proxy(site: int, folder: Path) -> Proxy:
    """
    Start nginx, and wait until it answers.

    Args:
        site: The port of the server behind it.
        folder: An empty one, for all that it writes.
    """
    program = find_program("nginx", "apt-get install nginx")
    for _ in range(TRIES):
        ports = {way: free_port() for way in _WAYS}
        file = folder / "nginx.conf"
        file.write_text(_configuration(site, ports, folder), encoding="utf-8")
        command = [program, "-e", "stderr", "-p", str(folder), "-c", str(file)]
        started = start(command, folder / "output.log", {})
        if answers(started, partial(_is_there, ports["plain"])):
            return Proxy(started.process, started.log, ports)
    raise RuntimeError(f"nginx does not start:\n{(folder / 'output.log').read_text()}")


def _configuration(site: int, ports: dict[str, int], folder: Path) -> str:
    servers = [
        _SERVER.format(port=port, way=_with_defaults(_WAYS[way])) for way, port in ports.items()
    ]
    return _CONFIGURATION.format(
        # As root, the workers would be somebody else, whom the folder does not let in.
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        limit=BODY_LIMIT,
        site=site,
        nobody=free_port(),
        servers="".join(servers),
    )


def _with_defaults(way: str) -> str:
    # One `proxy_set_header` in a location, and nginx forgets those of the levels above.
    return way + ' proxy_set_header Connection "";'


def _is_there(port: int) -> bool:
    try:
        with Client(port) as client:
            return client.ask("GET", "/nginx/").status == 404
    except OSError:
        return False
