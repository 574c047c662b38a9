"""A headless Chromium, spoken to over two pipes: no driver and no port."""

import itertools
import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page that is open.

    Attributes:
        errors: what went wrong on it: exceptions, console errors, what the policy refused.
    """

    def __init__(self, send, read, ids):
        self._send, self._read, self._ids = send, read, ids
        self._session = None
        self.errors = []
        self._loaded = False

    def ask(self, method, **params):
        number = next(self._ids)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._send(message)
        while True:
            answer = self._hear()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _hear(self):
        event = self._read()
        if event.get("sessionId") not in (None, self._session):
            return event  # of a page that was open before
        kind, params = event.get("method"), event.get("params", {})
        if kind == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"]["text"])
        elif kind == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif kind == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(str(params["args"]))
        elif kind == "Page.loadEventFired":
            self._loaded = True
        return event

    def open(self, url, width, height=1000):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.ask("Page.navigate", url=url)
        while not self._loaded:
            self._hear()

    def run(self, expression):
        """The value of a JavaScript expression."""
        done = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    def press(self, key):
        """A key, as a person presses it."""
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "Home": 36}
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **more)


@contextmanager
def opened(path, width, profile):
    """An HTML file, or an address as text, in a window of that width; ``profile`` is for the browser's own files."""
    with started(profile) as show:
        yield show(path, width)


@contextmanager
def started(profile):
    """A browser that shows one page after another, each in a window of its own: ``show(path, width)`` gives it."""
    to_browser, from_us = os.pipe()
    from_browser, to_us = os.pipe()

    def pipes():
        # Chromium reads from the descriptor 3 and writes to 4.
        read, write = os.dup(to_browser), os.dup(to_us)
        os.dup2(read, 3)
        os.dup2(write, 4)

    command = [found(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
        preexec_fn=pipes,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(to_us)
    buffer = bytearray()
    ids = itertools.count(1)

    def send(message):
        os.write(from_us, json.dumps(message).encode() + b"\0")

    def read():
        deadline = time.monotonic() + 120
        while b"\0" not in buffer:
            assert time.monotonic() < deadline, "the browser does not answer"
            data = os.read(from_browser, 1 << 16)
            assert data, "the browser ended"
            buffer.extend(data)
        line, _, rest = bytes(buffer).partition(b"\0")
        buffer[:] = rest
        return json.loads(line)

    def show(path, width):
        page = Page(send, read, ids)
        page.open(path if isinstance(path, str) else path.as_uri(), width)
        return page

    try:
        yield show
    finally:
        process.kill()
        process.wait()
        os.close(from_us)
        os.close(from_browser)
