"""
Mixed traffic for people who use Locust: a page, strangers, and programs that are no browsers.

It is written for the API of the example application, with `make demo` in another terminal:

    pip install locust
    locust -f benchmarks/locustfile.py --host http://localhost:5051 --headless -u 20 -r 20 -t 1m

The demo prints its three origins; where they are others, say so: `--host` is the API's, and
`--page` the one that it allows. For an API of your own, change the paths and what is expected.

Every answer is checked: one without the right headers is a failure in Locust's report. Locust is
written in Python and shares the machine with what it measures, so its numbers are about your API
under a mixture of requests, not about the guard: for that there is `make bench-servers`.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping

from locust import HttpUser, between, events, task

STRANGER = "https://stranger.example"
CROSS_SITE = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


@events.init_command_line_parser.add_listener
def add_arguments(parser: ArgumentParser) -> None:
    """
    Take the page's origin from the command line.
    """
    parser.add_argument("--page", default="http://localhost:5050", help="whom the API allows")


class Visitor(HttpUser):
    """
    Send requests, and check what comes back; the classes below say as whom.
    """

    abstract = True
    wait_time = between(0.05, 0.5)

    def ask(
        self,
        method: str,
        path: str,
        *,
        status: int,
        allows: str | None,
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
        data: str | None = None,
    ) -> None:
        """
        Send a request, and fail it if the answer is another one.

        Args:
            method: Its method.
            path: Its path.
            status: The right status.
            allows: The right `Access-Control-Allow-Origin`; None: there is to be none.
            origin: Its `Origin`, if it has one.
            headers: More headers.
            json: A body.
            data: Another kind of body.
        """
        sent = {**({"Origin": origin, **CROSS_SITE} if origin else {}), **(headers or {})}
        name = f"{path}, {type(self).__name__.lower()}"
        with self.client.request(
            method, path, headers=sent, json=json, data=data, name=name, catch_response=True
        ) as response:
            given = response.headers.get(ALLOW_ORIGIN)
            varies = "origin" in response.headers.get("Vary", "").lower()
            if response.status_code != status:
                response.failure(f"status {response.status_code}, not {status}")
            elif given != allows:
                response.failure(f"{ALLOW_ORIGIN}: {given}, not {allows}")
            elif not varies and allows != "*":
                response.failure("no Vary: Origin")
            else:
                response.success()  # a 403 and a 404 may be right

    def preflight(self, path: str, *, status: int, allows: str | None, origin: str) -> None:
        """
        Ask whether a `PUT` with JSON may follow. A browser would remember the answer.

        Args:
            path: Where to.
            status: The right status.
            allows: The right `Access-Control-Allow-Origin`.
            origin: Who asks.
        """
        asked = {
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        self.ask("OPTIONS", path, status=status, allows=allows, origin=origin, headers=asked)


class Page(Visitor):
    """
    Do what the front end does.
    """

    weight = 8

    @property
    def origin(self) -> str:
        """
        Give the page's origin.
        """
        return str(self.environment.parsed_options.page)

    @task(10)
    def read(self) -> None:
        """
        Read the notes.
        """
        self.ask("GET", "/notes", status=200, allows=self.origin, origin=self.origin)

    @task(3)
    def write(self) -> None:
        """
        Change a note: a preflight, and the request itself.
        """
        self.preflight("/notes/1", status=204, allows=self.origin, origin=self.origin)
        self.ask(
            "PUT",
            "/notes/1",
            status=200,
            allows=self.origin,
            origin=self.origin,
            json={"text": "Water the plants"},
        )

    @task
    def read_status(self) -> None:
        """
        Read what is open to everybody.
        """
        self.ask("GET", "/status", status=200, allows="*", origin=self.origin)

    @task
    def miss(self) -> None:
        """
        Ask for what is not there: the page gets to see the 404.
        """
        self.ask("GET", "/nothing", status=404, allows=self.origin, origin=self.origin)


class Stranger(Visitor):
    """
    Do what a page does that nobody has allowed anything.
    """

    weight = 1

    @task(3)
    def read(self) -> None:
        """
        Read the notes: the browser would keep the answer from the page.
        """
        self.ask("GET", "/notes", status=200, allows=None, origin=STRANGER)

    @task(2)
    def ask_for_more(self) -> None:
        """
        Ask whether a `PUT` may follow.
        """
        self.preflight("/notes/1", status=403, allows=None, origin=STRANGER)

    @task
    def write(self) -> None:
        """
        Send what needs no preflight: the demo enforces its policy, so that nothing is written.
        """
        self.ask("POST", "/notes", status=403, allows=None, origin=STRANGER, data="spam")


class Program(Visitor):
    """
    Do what is no browser's doing: there is no `Origin`.
    """

    weight = 1

    @task
    def read(self) -> None:
        """
        Read the notes; a cache has to know that the answer depends on the origin.
        """
        self.ask("GET", "/notes", status=200, allows=None)
