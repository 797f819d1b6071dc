"""A file server on loopback that supports ranges, and misbehaves on request."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import pytest

from tests.loopback import serving


@dataclass
class Fault:
    """An answer other than the whole file."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Number of bytes of the body after which the connection breaks."""
    hang_after: int | None = None
    """Number of bytes of the body after which nothing is sent, until the server stops."""


@dataclass
class FileServer:
    """The files and the behaviour of the server, and the requests that it received."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Bodies by path."""
    validators: dict[str, str] = field(default_factory=lambda: {"ETag": '"one"'})
    """Headers that identify a version of the files."""
    ranges: bool = True
    """Whether parts of a file can be requested."""
    lengths: bool = True
    """Whether the size of a file is sent; otherwise the file is sent in chunks."""
    framed: bool = True
    """Whether the end of a body is marked; otherwise it ends with the connection, even too early."""
    faults: list[Fault] = field(default_factory=list)
    """Faults that are answered one after the other, before any file."""
    url: str = ""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """The method, path and headers of each request."""
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def requested_ranges(self) -> list[str | None]:
        """The range of each request."""
        return [headers.get("range") for _, _, headers in self.requests]


class _Handler(BaseHTTPRequestHandler):
    ours: FileServer

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.ours.requests.append((self.command, self.path, {name.lower(): v for name, v in self.headers.items()}))
        fault = self.ours.faults.pop(0) if self.ours.faults else Fault()
        body = self.ours.files.get(self.path)
        status = 404 if body is None and fault.status == 200 else fault.status
        if body is None or status != 200:
            self.reply(status, fault.headers | {"Content-Length": "0"}, b"", Fault())
            return
        start = self.wanted()
        if start is not None and start >= len(body):
            self.reply(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"}, b"", Fault())
            return
        headers = self.ours.validators | fault.headers
        if start is not None:
            headers = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} | headers
        rest = body[start or 0 :]
        framing = {"Content-Length": str(len(rest))} if self.ours.lengths else {"Transfer-Encoding": "chunked"}
        framing = framing if self.ours.framed else {"Connection": "close"}
        self.reply(200 if start is None else 206, framing | headers, rest, fault)

    def wanted(self) -> int | None:
        """Return the first byte of the range to send, or None for the whole file."""
        given = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in {None, *self.ours.validators.values()}
        return int(given[1]) if given and same and self.ours.ranges else None

    def reply(self, status: int, headers: dict[str, str], body: bytes, fault: Fault) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        stops = fault.cut_after if fault.hang_after is None else fault.hang_after
        sent = body[:stops]
        if "Transfer-Encoding" in headers:
            chunk = b"%x\r\n%s\r\n" % (len(sent), sent) if sent else b""
            sent = chunk + (b"0\r\n\r\n" if stops is None else b"")
        self.wfile.write(sent)
        self.wfile.flush()
        if fault.hang_after is not None:
            self.ours.stop.wait(60)
        if stops is not None:
            self.close_connection = True

    def handle(self) -> None:
        with suppress(ConnectionError):  # the client was killed
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(server: FileServer) -> Iterator[FileServer]:
    """Run the server at `url` during the block."""
    with serving(type("Handler", (_Handler,), {"ours": server})) as server.url:
        try:
            yield server
        finally:
            server.stop.set()


def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Start a server that is reached without a proxy; for fixtures."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with serve(FileServer()) as server:
        yield server
