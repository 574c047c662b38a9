"""A small server on this machine, for tests of downloads."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import numpy as np

CONTENT = np.random.default_rng(0).integers(0, 256, 1_000_000, dtype=np.uint8).tobytes()


@dataclass
class Site:
    """The behaviour of the server, and the requests that it got."""

    content: bytes = CONTENT
    cut_after: int | None = None
    status: int = 200
    ranges: bool = True
    redirect: str = ""
    meeting: threading.Barrier | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""


class Handler(http.server.BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *args):
        pass

    def do_GET(self):
        site = self.site
        wanted = self.headers.get("Range", "")
        site.asked.append(wanted)
        if site.meeting:
            with suppress(threading.BrokenBarrierError):
                site.meeting.wait(0.5)
        if site.redirect:
            self.send_response(302)
            self.send_header("Location", site.redirect)
            self.end_headers()
            return
        if site.status != 200:
            self.send_error(site.status)
            return
        start = int(re.match(r"bytes=(\d+)-", wanted)[1]) if wanted and site.ranges else 0
        if start >= len(site.content):
            self.send_error(416)
            return
        body = site.content[start:]
        self.send_response(206 if wanted and site.ranges else 200)
        if wanted and site.ranges:
            self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if site.cut_after is None else body[: site.cut_after])


@contextmanager
def serving(name: str, content: bytes = CONTENT) -> Iterator[Site]:
    """Serve ``content`` as the file ``name``."""
    handler = type("SiteHandler", (Handler,), {"site": Site(content)})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        handler.site.url = f"http://127.0.0.1:{server.server_port}/{name}"
        yield handler.site
        server.shutdown()
        thread.join()


def no_network(monkeypatch) -> None:
    """Make this process believe that it is offline."""

    def unknown(*args, **options):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
