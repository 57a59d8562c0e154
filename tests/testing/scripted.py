"""A server that answers as it is told, over real sockets, and remembers what it was asked."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived; the header names in lower case."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Script:
    """What to answer: by path, then by method (`OPTIONS`, or `*` for all others)."""

    answers: dict[str, dict[str, Answer]] = field(default_factory=dict)
    seen: defaultdict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str) -> Answer:
        by_method = self.answers.get(path, {})
        return by_method.get(method) or by_method.get("*") or Answer(status=404)

    def note(self, request: Seen) -> None:
        with self.lock:
            self.seen[request.path].append(request)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.respond
        raise AttributeError(name)

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        names = {name.lower() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        path = self.path.partition("?")[0]
        host = self.headers["Host"]
        self.script.note(
            Seen(method=self.command, host=host, path=path, headers=headers, body=body)
        )
        self.send(self.script.answer(self.command, path), f"http://{host}")

    def send(self, answer: Answer, origin: str) -> None:
        self.send_response_only(answer.status)
        bodiless = answer.status in {204, 304} or self.command == "HEAD"
        for name, value in answer.headers:
            self.send_header(name, value.replace("$SELF", origin))
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not bodiless:
            self.wfile.write(answer.body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@contextmanager
def serving(script: Script) -> Iterator[int]:
    """Serve a script on a free port of the loopback interface."""
    handler = type("ScriptHandler", (Handler,), {"script": script})
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
