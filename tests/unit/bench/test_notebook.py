"""Progress in a notebook: one line that is updated; and plain lines for its shell commands."""

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from ganzoo.api.runs.progress import display_for
from ganzoo.bench.live.display import Progress, QuietDisplay, RunEnd, RunInfo, make_display
from ganzoo.bench.live.line_display import LineDisplay
from ganzoo.bench.live.live_display import LiveDisplay
from ganzoo.bench.live.notebook import NotebookDisplay, in_notebook
from ganzoo.messages import redraws


class Page:
    """The outputs of a cell, as a notebook keeps them."""

    def __init__(self):
        self.outputs, self.updates = [], 0

    def display(self, content, raw, display_id):
        assert raw
        assert display_id
        self.outputs.append(content)
        return SimpleNamespace(update=self.update)

    def update(self, content, raw):
        assert raw
        self.updates += 1
        self.outputs[-1] = content


def fake(monkeypatch, shell):
    page, package, its_display = Page(), ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython, its_display.display = lambda: shell, page.display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", its_display)
    return page


@pytest.fixture
def page(monkeypatch):
    return fake(monkeypatch, SimpleNamespace(kernel=object()))


def test_a_kernel_is_told_from_a_terminal_and_from_neither(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert not in_notebook()
    fake(monkeypatch, None)
    assert not in_notebook()
    fake(monkeypatch, SimpleNamespace())
    assert not in_notebook()
    fake(monkeypatch, SimpleNamespace(kernel=object()))
    assert in_notebook()


def test_the_display_of_a_call(monkeypatch, page):
    assert isinstance(display_for(None), NotebookDisplay)
    assert isinstance(display_for(True), NotebookDisplay)
    assert isinstance(display_for(False), QuietDisplay)
    fake(monkeypatch, None)
    assert isinstance(display_for(None), QuietDisplay)
    assert isinstance(display_for(True), LineDisplay)


def test_a_bench_is_one_output_that_is_updated(page):
    times = iter(range(1000))
    display = NotebookDisplay(now=lambda: next(times) * 0.1)
    display.begin([RunInfo("a", "dcgan <0>"), RunInfo("b", "wgan-gp seed 0")])
    for k in range(100):
        display.update("a", Progress(fraction=k / 100, kimg=k / 10, seconds_left=65.0))
    assert page.outputs[-1]["text/plain"].startswith("0/2 done; dcgan <0>: training 9")
    display.finish("a", RunEnd("done", None, {"fid": 12.5}, [{"key": "fid", "label": "FD[digits]"}]))
    assert page.outputs[-1]["text/plain"] == "1/2 done; dcgan <0>: done, FD[digits] 12.50"
    assert "dcgan &lt;0&gt;" in page.outputs[-1]["text/html"]
    display.finish("b", RunEnd("failed", "it broke", None, []))
    display.end()
    assert page.outputs[-1]["text/plain"].startswith("1/2 done, 1 failed")
    assert len(page.outputs) == 1
    assert 15 <= page.updates <= 25


def test_why_a_run_failed_stays(page, capsys):
    display = NotebookDisplay()
    display.begin([RunInfo("a", "dcgan seed 0")])
    display.finish("a", RunEnd("failed", "no \x1b[31m room", None, []))
    assert capsys.readouterr().err == "dcgan seed 0: failed: no \\x1b[31m room\n"


@pytest.fixture
def terminal(monkeypatch):
    """A pseudo-terminal, as a shell and the ``!`` of a notebook give to what they start."""
    for name in ("JPY_PARENT_PID", "PAGER", "GIT_PAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as stream:
        yield stream
    os.close(ours)


JUPYTER = {"JPY_PARENT_PID": "17", "TERM": "xterm-color", "CLICOLOR": "1", "PAGER": "cat", "GIT_PAGER": "cat"}
WITHOUT_ITS_PARENT = {name: value for name, value in JUPYTER.items() if name != "JPY_PARENT_PID"}


def test_a_terminal_is_drawn_on(terminal, tmp_path):
    assert redraws(terminal)
    assert isinstance(make_display(terminal), LiveDisplay)
    with (tmp_path / "log").open("w") as log:
        assert not redraws(log)


@pytest.mark.parametrize("environment", [JUPYTER, WITHOUT_ITS_PARENT, {"JPY_PARENT_PID": "17"}])
def test_shell_commands_of_a_notebook_get_lines(terminal, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert not redraws(terminal)
    assert isinstance(make_display(terminal), LineDisplay)


def test_a_pager_alone_makes_no_notebook(terminal, monkeypatch):
    monkeypatch.setenv("PAGER", "cat")
    monkeypatch.setenv("GIT_PAGER", "cat")
    assert redraws(terminal)
