import gc
import importlib
import os
import shutil
import signal
import sys

# Before torch is imported: tests run on small machines, several at once, and must give the same numbers on each.
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import pytest
from repository import ROOT

# `pytest` alone does not look for benchmarks and docs in the repository, and a dependency may have left packages of the
# same names where it is installed: so ours are imported first. ganzoo is the installed one.
sys.path.insert(0, str(ROOT))
for ours in ("benchmarks", "docs"):
    importlib.import_module(ours)
sys.path.append(sys.path.pop(0))

try:
    from hypothesis import settings
except ModuleNotFoundError:  # where only the tests that need a GPU are run, which do without
    pass
else:
    settings.register_profile("ganzoo", database=None)  # leaves no folder behind
    settings.load_profile("ganzoo")

collect_ignore = ["example_plugin"]  # a package of its own, whose tests need it to be installed


# A test session that is itself a background job ignores signals that tests send to what they start.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Leave slow tests out where no file, folder or mark is named.

    With ``-n``, let a worker that has nothing left take tests from another: files differ a hundredfold in time.
    """
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.markexpr:
        config.option.markexpr = "not slow"
    if config.getoption("numprocesses", None) and config.getoption("dist", None) == "no":
        config.option.dist = "worksteal"


@pytest.fixture(autouse=True)
def _one_thread():
    if "torch" in sys.modules:  # else it begins with one; files that need no torch start without it, in half a second
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's cache, nor loads plugins that the user has installed."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("GANZOO_CACHE", str(folder))
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="module")
def _no_folders_left(request, tmp_path_factory):
    """Remove what the fixtures of a module have written as soon as all of its tests have passed; the disk is small."""
    made, make, failed = [], tmp_path_factory.mktemp, request.session.testsfailed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tmp_path_factory, "mktemp", lambda *name, **how: made.append(make(*name, **how)) or made[-1])
        yield
    if request.session.testsfailed == failed:
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _kept_fork_server():
    """Let the benches of this process fork their fork servers from one that has imported torch already."""
    local = sys.modules.get("ganzoo.bench.execution.local")
    if local is not None and sys.platform == "linux":
        from kept_fork_server import KeptForkServer

        local.ForkServer = KeptForkServer


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


def pytest_collection_finish():
    """Leave what is there before the first test out of later collections, and let these be rarer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def pytest_collection_modifyitems(items):
    marked = [item for item in items if "gpu" in item.keywords]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA GPU, and torch sees none"))
