"""The pages of a generator as a browser shows them; the guide's test runs the command that serves one."""

import base64
import re
import threading
import time

import chromium
import numpy as np
import pytest

import ganzoo
from ganzoo.models.exploring import Explorer

seen = pytest.mark.skipif(chromium.found() is None, reason="there is no Chromium")
ENGINE = "engineOf(JSON.parse(document.getElementById('facts').textContent))"
DRAWN = "document.getElementById('status').textContent"


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    with chromium.started(tmp_path_factory.mktemp("browser") / "profile") as show:
        yield show


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A generator that ships, and the file that it was written to."""
    model = ganzoo.load("digits-cgan-pd", device="cpu")
    return model, model.export(tmp_path_factory.mktemp("page") / "x.html", "html").path


def settled(page, pattern):
    """Wait for the line below the samples to say something."""
    deadline = time.monotonic() + 60
    while not re.search(pattern, page.run(DRAWN)):
        assert time.monotonic() < deadline, page.run(DRAWN)
        time.sleep(0.02)


def first_row_of_pixels(page):
    return page.run("document.getElementById('samples').toDataURL()")


def use(page):
    """Press every kind of control, and see that the picture follows."""
    settled(page, r"^36 images, seed 0$")
    before = first_row_of_pixels(page)
    page.run("document.querySelector('button[data-class=\"3\"]').click()")
    settled(page, "class 3$")
    after = first_row_of_pixels(page)
    assert after != before
    assert page.run("document.querySelector('button[data-class=\"3\"]').getAttribute('aria-pressed')") == "true"
    page.run("document.getElementById('z0').focus()")
    page.press("Home")  # a slider is moved by keys
    deadline = time.monotonic() + 60
    while first_row_of_pixels(page) == after:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert page.run("document.querySelector('output[for=z0]').textContent") == "-3.00"
    page.run("document.getElementById('play').click()")
    while page.run("+document.getElementById('t').value") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    page.run("document.getElementById('play').click()")
    settled(page, "% of the way to seed 1")
    assert page.run("document.documentElement.scrollWidth <= window.innerWidth"), "it does not scroll sideways"
    unnamed = (
        "[...document.querySelectorAll('input,select')].filter((one) => !one.labels.length && !one.ariaLabel).length"
    )
    assert page.run(unnamed) == 0
    assert page.errors == []


@seen
@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_draws_what_torch_draws_with_nothing_but_a_browser(exported, show, width):
    model, path = exported
    assert path.stat().st_size < 5e6
    page = show(path, width)
    settled(page, "seed 0$")
    assert np.abs(twenty(page) - model.sample(20).numpy().astype(int).ravel()).max() <= 1
    use(page)


def twenty(page):
    """Pixels of twenty samples, drawn by an engine of its own."""
    want = "{n: 20, seed: 0, to: 1, t: 0, y: null, truncation: null, offsets: [], direction: 0, by: 0}"
    page.run(f"{ENGINE}.draw({want}, () => false).then((made) => (window.made = btoa(String.fromCharCode(...made))))")
    deadline = time.monotonic() + 60
    while not page.run("window.made"):
        assert time.monotonic() < deadline, page.errors
        time.sleep(0.02)
    return np.frombuffer(base64.b64decode(page.run("window.made")), "uint8").astype(int)


WORKERS = {
    "works": "super(address);",
    "is refused": "throw new Error('none for a file');",
    "fails": "super(URL.createObjectURL(new Blob(['throw 1'])));",
}


@seen
@pytest.mark.parametrize("worker", WORKERS)
def test_a_slow_network_is_drawn_by_workers_where_there_are_any(exported, show, worker):
    model, path = exported
    page = show(path, 1280)
    settled(page, "seed 0$")
    page.run("(() => { let now = 0; performance.now = () => (now += 1000); })()")  # each sample seems to take a second
    page.run(
        "window.begun = 0; window.Worker = class extends Worker { constructor(address) { window.begun++; "
        + WORKERS[worker]
        + " } }"
    )
    assert np.abs(twenty(page) - model.sample(20).numpy().astype(int).ravel()).max() <= 1
    assert page.run("begun") >= 1
    assert page.errors == [] or worker == "fails"


@seen
def test_a_served_page_is_used_as_one_in_a_file(exported, show):
    with Explorer(exported[0].trained) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            use(show(server.url, 1280))
        finally:
            server.shutdown()
            thread.join()
