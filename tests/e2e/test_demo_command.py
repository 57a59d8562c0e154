"""
The command `python examples/demo`, without a browser.
"""

import re
import signal
import subprocess
from http.client import HTTPConnection
from socket import create_server
from urllib.parse import urlsplit

import pytest

from e2e.running import Demo, demo_command, running_demo


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_demo_cleanly(number: signal.Signals) -> None:
    with running_demo("--port", "0") as demo:
        demo.process.send_signal(number)
        rest, _ = demo.process.communicate()
    assert demo.process.returncode == 0
    assert rest == "\nThe demo has ended.\n"


def test_a_port_in_use_is_passed_over() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running_demo("--port", str(port)) as demo:
            ports = [int(origin.rpartition(":")[2]) for origin in demo.origins]
    assert len(set(ports)) == 3
    assert min(ports) > port


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ("65535", "No three free ports from 65535 on. Try another --port, or 0 for any three."),
        ("65536", "argument --port: a port is a number from 0 to 65535"),
        ("http", "argument --port: invalid port_number value: 'http'"),
    ],
)
def test_a_port_that_cannot_be_used_is_said_so(port: str, said: str) -> None:
    result = subprocess.run(
        demo_command("--port", port), capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_help_names_the_options() -> None:
    result = subprocess.run(demo_command("--help"), capture_output=True, text=True, check=True)
    assert "--port" in result.stdout
    assert "--no-browser" in result.stdout


@pytest.mark.parametrize("site", [0, 2], ids=["page", "stranger"])
def test_the_front_ends_have_a_strict_content_security_policy(demo: Demo, site: int) -> None:
    policy = content_security_policy(demo.origins[site])
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == demo.origins[1]
    assert policy["frame-ancestors"] == ["'none'", "", demo.origins[0]][site]
    assert not re.search("unsafe|data:|[*]", str(policy))


def content_security_policy(url: str) -> dict[str, str]:
    connection = HTTPConnection(urlsplit(url).netloc)
    try:
        connection.request("GET", "/")
        header = connection.getresponse().headers["Content-Security-Policy"]
    finally:
        connection.close()
    return dict(directive.split(" ", 1) for directive in header.split("; "))
