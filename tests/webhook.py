"""A webhook on this machine, that remembers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer


@contextmanager
def server(*answers: int) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A webhook that answers with each status in turn, and the last one for ever; and what it was told."""
    heard: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers[min(len(heard), len(answers)) - 1])
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    hook = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=hook.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{hook.server_port}/services/secret", heard
    finally:
        hook.shutdown()
        hook.server_close()
        thread.join()


@contextmanager
def talker(start: bytes, more: bytes, pause: float = 0.0) -> Iterator[tuple[str, list[bytes]]]:
    """A webhook that says one thing, and then another one every `pause` seconds for ever; and what it was told."""
    heard: list[bytes] = []
    is_over = threading.Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            heard.append(self.request.recv(1 << 16))
            try:
                self.request.sendall(start)
                while not is_over.wait(pause):
                    self.request.sendall(more)
            except OSError:
                return  # nobody listens any more

    hook = ThreadingTCPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=hook.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{hook.server_address[1]}/services/secret", heard
    finally:
        is_over.set()
        hook.shutdown()
        hook.server_close()
        thread.join()
