"""A server on this machine alone, which gives a page and the samples that it asks for."""

from __future__ import annotations

import hmac
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ...errors import GanzooError, SetupError
from ..browser.page_text import facts_of, page_of
from ..trained import Trained
from ..version1 import require_images
from .drawing import Drawing, wanted

_ADDRESS = "127.0.0.1"
_IDLE = 30  # seconds that a connection may say nothing
_NOTES = [
    "Drawn by torch on the machine that serves this page; only this machine reaches it. "
    "Without changes the samples are those of `ganzoo sample --seed`.",
]


class Explorer(ThreadingHTTPServer):
    """Serves a generator to a browser of this machine, until it is closed.

    It listens on 127.0.0.1 alone, answers GET alone, and only to who names it by that address, which a page of another
    site cannot, and knows the token of ``url``.

    Args:
        trained: the generator.
        port: to listen on; 0 for any that is free.

    Attributes:
        url: the address of the page, with the token.

    Raises:
        GanzooError: it draws neither images nor points.
        SetupError: the port cannot be had.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, trained: Trained, port: int = 0) -> None:
        require_images(trained, "a page")
        try:
            super().__init__((_ADDRESS, port), _Answering)
        except OSError as error:
            why = error.strerror or str(error)
            raise SetupError(
                f"port {port} of this machine cannot be had ({why}): leave --port out for one that is free"
            ) from error
        self.token = secrets.token_urlsafe(24)
        self.trained = trained
        self.url = f"http://{_ADDRESS}:{self.server_port}/?token={self.token}"
        self.hosts = {f"{name}:{self.server_port}" for name in (_ADDRESS, "localhost")}
        self.page = page_of(trained, facts_of(trained), ("served.js",), _NOTES, "'self'").encode()
        self._drawing = Drawing(trained)
        self._turn = threading.Lock()

    def draw(self, query: dict[str, str]) -> bytes:
        """Draw what a query asks for, one after another.

        Raises:
            GanzooError: it asks for what the generator cannot draw.
        """
        want = wanted(self.trained, query)
        with self._turn:
            return self._drawing.draw(want)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a browser leave before it has been answered."""


class _Answering(BaseHTTPRequestHandler):
    server: Explorer
    timeout = _IDLE
    server_version = "ganzoo"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the page or with samples."""
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        if self.headers.get("Host", "") not in self.server.hosts:
            self._answer(HTTPStatus.FORBIDDEN, b"this server is asked by the address that ganzoo explore printed\n")
        elif not hmac.compare_digest(query.pop("token", "").encode(), self.server.token.encode()):
            self._answer(HTTPStatus.FORBIDDEN, b"open the whole address that ganzoo explore printed, with its token\n")
        elif address.path == "/":
            self._answer(HTTPStatus.OK, self.server.page, "text/html; charset=utf-8")
        elif address.path == "/draw":
            try:
                self._answer(HTTPStatus.OK, self.server.draw(query), "application/octet-stream")
            except GanzooError as error:
                self._answer(HTTPStatus.BAD_REQUEST, str(error).encode())
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"there is nothing here\n")

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Print no line for each request."""
