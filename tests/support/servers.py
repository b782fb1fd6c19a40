"""Real git servers on the loopback address, each a context manager that ends what it started."""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.processes import end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOPBACK = "127.0.0.1"
START_LIMIT_SECONDS = 10


@contextlib.contextmanager
def git_daemon(repository: Path) -> Iterator[str]:
    """Serve one bare repository by ``git daemon``, pushes allowed; gives its ``git://`` address."""
    found = subprocess.run(("git", "--exec-path"), capture_output=True, text=True, check=True)
    port = _free_port()
    log = repository.with_suffix(".daemon.log")
    with log.open("wb") as messages:
        process = subprocess.Popen(
            (
                # not "git daemon": ending that program would leave this one running
                str(Path(found.stdout.strip()) / "git-daemon"),
                "--verbose",
                "--log-destination=stderr",
                "--export-all",
                "--enable=receive-pack",
                f"--listen={LOOPBACK}",
                f"--port={port}",
                f"--base-path={repository.parent}",
                str(repository),
            ),
            stderr=messages,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, log)
        yield f"git://{LOOPBACK}:{port}/{repository.name}"
    finally:
        end(process)


class Moment(StrEnum):
    """When a server that speaks smart HTTP lets something happen during a push."""

    ASKED = "before the refs are told to a push"
    """The push sees what happened: a lease fails in git ("stale info")."""
    SENT = "when the push has arrived, before the refs move"
    """The push does not see it: the server refuses."""
    DONE = "after the refs have moved, before the answer"


@dataclass(slots=True)
class HttpServer:
    """A running smart HTTP server: its address, and what is to happen at its next push."""

    url: str
    backend: dict[str, str]
    password: str | None = None
    requests: list[str] = field(default_factory=list)
    """Method and path of every request, in order."""
    waiting: list[tuple[Moment, Callable[[], object]]] = field(default_factory=list)
    is_gone: bool = False
    """Whether every request ends without a word, as where a host has just gone down."""

    def once(self, moment: Moment, action: Callable[[], object]) -> None:
        """Do this once, at that moment of the next push (somebody else pushes, say)."""
        self.waiting.append((moment, action))

    def swallow_next_answer(self) -> None:
        """Carry out the next push and break off before its result is told, as a lost network does."""
        self.once(Moment.DONE, _lose_connection)

    def go_after_next_push(self) -> None:
        """Carry out the next push, and be gone before its result is told and from then on."""

        def go() -> None:
            self.is_gone = True
            _lose_connection()

        self.once(Moment.DONE, go)

    def reach(self, moment: Moment) -> None:
        """Do what waits for this moment."""
        due = [entry for entry in self.waiting if entry[0] is moment]
        for entry in due:
            self.waiting.remove(entry)
            entry[1]()


class ConnectionLost(Exception):  # it says what is the case
    """The server is to break off its answer."""


def _lose_connection() -> None:
    raise ConnectionLost


@contextlib.contextmanager
def smart_http(repository: Path, *, password: str | None = None) -> Iterator[HttpServer]:
    """Serve one bare repository over HTTP by ``git http-backend``, pushes allowed.

    With ``password`` every request needs it (and any user name); others get 401. The server itself is a
    thread of this process; the backends that it starts have ended when the block ends.
    """
    backend = {**os.environ, "GIT_PROJECT_ROOT": str(repository.parent), "GIT_HTTP_EXPORT_ALL": "1"}
    listener = _Listener((LOOPBACK, 0), _Request)
    listener.site = HttpServer(f"http://{LOOPBACK}:{listener.server_port}/{repository.name}", backend, password)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener.site
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """Accept connections and never say a word; gives an ``http://`` address, for time limits."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}/remote.git"


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for requests under way
    site: HttpServer


class _Request(BaseHTTPRequestHandler):
    """One request, handed to ``git http-backend`` as CGI (git-http-backend(1), RFC 3875)."""

    server: _Listener
    timeout = 30

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the name is Python's
        pass

    def _serve(self) -> None:
        site = self.server.site
        site.requests.append(f"{self.command} {self.path}")
        if site.is_gone:
            self.close_connection = True
            return
        body = self._body()
        if not self._is_admitted(site.password):
            self._answer(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            return
        # Before a long push git tries the connection with an empty one, "0000".
        is_push = self.path.endswith("/git-receive-pack") and len(body) > len(b"0000")
        try:
            if self.path.endswith("?service=git-receive-pack"):
                site.reach(Moment.ASKED)
            if is_push:
                site.reach(Moment.SENT)
            status, headers, content = self._ask_backend(site, body)
            if is_push:
                site.reach(Moment.DONE)
        except ConnectionLost:
            self._break_off()
            return
        self._answer(status, headers, content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(pieces)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _is_admitted(self, password: str | None) -> bool:
        kind, _, secret = self.headers.get("Authorization", "").partition(" ")
        given = base64.b64decode(secret).decode().partition(":")[2] if kind == "Basic" else None
        return password in (None, given)

    def _ask_backend(self, site: HttpServer, body: bytes) -> tuple[int, dict[str, str], bytes]:
        address = urlsplit(self.path)
        environment = {
            **site.backend,
            "REQUEST_METHOD": self.command,
            "PATH_INFO": address.path,
            "QUERY_STRING": address.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": LOOPBACK,
            "REMOTE_USER": "person",  # without a user http-backend refuses pushes
        }
        backend = subprocess.run(("git", "http-backend"), input=body, env=environment, capture_output=True, check=True)
        head, _, content = backend.stdout.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n"))
        headers = {name: value for name, _, value in lines}
        status = headers.pop("Status", "200 OK")
        return int(status.split()[0]), headers, content

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _break_off(self) -> None:
        """Close within the answer: without its first line curl would send the request again by itself."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-git-receive-pack-result")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.close_connection = True


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while "Ready to rumble" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"git daemon did not start: {log.read_text()}")
        time.sleep(0.01)
