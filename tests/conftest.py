import os
import sys

# Before torch is imported: tests run on small machines, several at once, and must give the same numbers on each.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import pytest

try:
    from hypothesis import settings
except ModuleNotFoundError:  # where only the tests that need a GPU are run, which do without
    pass
else:
    settings.register_profile("ganzoo", database=None)  # leaves no folder behind
    settings.load_profile("ganzoo")

collect_ignore = ["example_plugin"]  # a package of its own, whose tests need it to be installed


@pytest.fixture(autouse=True)
def _one_thread():
    if "torch" in sys.modules:  # else it begins with one; files that need no torch start without it, in half a second
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's cache, nor loads plugins that the user has installed."""
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)


@pytest.fixture
def said():
    """The lines that ganzoo logs during a test."""
    from ganzoo.messages import logged_to

    lines = []
    with logged_to(lines.append):
        yield lines


@pytest.fixture
def silence():
    """Let a test fail if ganzoo logs anything."""
    from ganzoo.messages import logged_to

    with logged_to(pytest.fail):
        yield


@pytest.fixture
def words(monkeypatch):
    """What is written on the pictures that a test draws."""
    from PIL import ImageDraw

    said, write = [], ImageDraw.ImageDraw.text

    def text(self, xy, words, *given, **more):
        said.append(words)
        write(self, xy, words, *given, **more)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    return said


def pytest_collection_modifyitems(items):
    marked = [item for item in items if "gpu" in item.keywords]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA GPU, and torch sees none"))
