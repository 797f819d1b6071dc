"""An embeddings endpoint on loopback that speaks the OpenAI API, and misbehaves on request."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest

from tests.loopback import serving


@dataclass
class Fault:
    """An answer other than vectors."""

    status: int
    body: str = '{"error": {"message": "no"}}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class EmbeddingsServer:
    """The behaviour of the endpoint, and the requests that it received."""

    dim: int = 8
    key: str = "secret-key-123"
    base64: bool = True
    """Whether base64 is supported; otherwise every answer has lists."""
    faults: list[Fault] = field(default_factory=list)
    """Faults that are answered one after the other, before any vectors."""
    delay_s: float = 0.0
    hang_after: int | None = None
    """Number of requests after which none is answered, until `stop`."""
    edit: object = None
    """Function that changes the list of rows of an answer."""
    refuse: Callable[[dict], Fault | None] = lambda _: None
    """Function that refuses requests which this server does not accept."""
    base_url: str = ""
    requests: list[dict] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """The path and query of each request."""
    times_s: list[float] = field(default_factory=list)
    n_busy: int = 0
    max_busy: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def texts(self) -> list[str]:
        """All requested texts, including retries."""
        return [text for request in self.requests for text in request["input"]]

    def answer(self, request: dict, path: str, authorization: str | None) -> Fault | dict:
        with self.lock:
            self.requests.append(request)
            self.paths.append(path)
            self.times_s.append(time.monotonic())
            n = len(self.requests)
            fault = self.faults.pop(0) if self.faults else None
        if authorization != f"Bearer {self.key}":
            return Fault(401, json.dumps({"error": {"message": f"Incorrect API key: {authorization}"}}))
        fault = fault or self.refuse(request)
        if fault is not None:
            return fault
        if self.hang_after is not None and n > self.hang_after:
            self.stop.wait(60)
        dim = request.get("dimensions", self.dim)
        rows = [
            {"object": "embedding", "index": i, "embedding": vector_of(t, dim)} for i, t in enumerate(request["input"])
        ]
        if self.edit is not None:
            rows = self.edit(rows)
        if self.base64 and request.get("encoding_format") == "base64":
            for row in rows:
                row["embedding"] = base64.b64encode(np.array(row["embedding"], "<f4").tobytes()).decode()
        return {
            "object": "list",
            "model": request["model"],
            "data": rows,
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }


def vector_of(text: str, dim: int) -> list[float]:
    """Return the vector of a text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dim).astype(np.float32).tolist()


@contextmanager
def serve(server: EmbeddingsServer) -> Iterator[EmbeddingsServer]:
    """Run the endpoint at `base_url` during the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.n_busy += 1
                server.max_busy = max(server.max_busy, server.n_busy)
            time.sleep(server.delay_s)
            key = self.headers["api-key"]
            answer = server.answer(request, self.path, f"Bearer {key}" if key else self.headers["Authorization"])
            with server.lock:
                server.n_busy -= 1
            if isinstance(answer, Fault):
                self.reply(answer.status, answer.body, answer.headers)
            else:
                self.reply(200, json.dumps(answer), {})

        def reply(self, status: int, body: str, headers: dict[str, str]) -> None:
            kind = "application/json" if body.startswith("{") else "text/html"
            self.send_response(status)
            for name, value in ({"Content-Type": kind, "Content-Length": str(len(body.encode()))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client was killed
                super().handle()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as address:
        server.base_url = f"{address}/v1"
        try:
            yield server
        finally:
            server.stop.set()


def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    """Start an endpoint whose key is in the environment; for fixtures."""
    with serve(EmbeddingsServer()) as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.key)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, "127.0.0.1")
        yield server
