"""Classes of a program: their source with what they use, and their registration."""

import importlib
import itertools
import linecache
import math
import sys
from types import ModuleType

import pytest
import torch

import ganzoo
from ganzoo.api.writing.class_source import source_of
from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.sources import files

COUNT = itertools.count()


@pytest.fixture(autouse=True)
def _own_process(monkeypatch):
    monkeypatch.setattr(files, "_of_process", {})
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def notebook():
    """Runs cells as a notebook does: each compiled under a name of its own, whose lines ``linecache`` has."""
    module = ModuleType("pretend_main")
    sys.modules["pretend_main"] = module

    def run(cell):
        name = f"/nowhere/cell_{next(COUNT)}.py"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
        exec(compile("\n".join(l if l[:1] != "%" else "" for l in cell.split("\n")), name, "exec"), vars(module))  # noqa: E741
        return module

    yield run
    linecache.clearcache()
    del sys.modules["pretend_main"]


def executed(source):
    """The names that a written file has, alone in the world."""
    names = {"__name__": f"written_{next(COUNT)}"}
    exec(compile(source, "written.py", "exec", dont_inherit=True), names)
    return names


LOSS = """
from ganzoo.interfaces import Loss

class Mine(Loss):
    def d_loss(self, turn):
        return helper(turn) * SCALE
    def g_loss(self, turn):
        return F.softplus(turn)
"""


def test_what_a_class_uses_comes_along(notebook):
    """A helper, what that uses, a constant, modules under other names; in cells of their own."""
    notebook("%matplotlib inline\nimport torch.nn.functional as F\nimport math\nSCALE = 2.5\nUNUSED = object()")
    notebook("def helper(turn):\n    return math.exp(inner(turn, limit=LIMITS[1]))\n")
    notebook("LIMITS = (0, float('inf'))\ndef inner(x, limit):\n    return min(x, limit)\n")
    source = source_of(notebook(LOSS).Mine)
    assert "UNUSED" not in source
    mine = executed(source)["Mine"]()
    assert mine.d_loss(1.0) == pytest.approx(2.5 * 2.718281828459045)
    assert mine.g_loss(torch.zeros(())).item() == pytest.approx(0.6931472)


def test_the_class_as_it_is_now_is_written(notebook):
    notebook("class P:\n    def f(self):\n        return 1\n")
    module = notebook("class P:\n    def f(self):\n        return 2\n")
    assert executed(source_of(module.P))["P"]().f() == 2


@pytest.mark.parametrize(
    ("before", "body", "value"),
    [
        ("class Base:\n    def f(self):\n        return 1\n", "class P(Base):\n    def g(self): return 0", 1),
        ("import enum\nclass E(enum.Enum):\n    a = 3\n", "class P:\n    def f(self): return E.a.value", 3),
        ("from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 4\n",
         "class P:\n    def f(self): return C().x", 4),
        ("import functools\n@functools.cache\ndef h():\n    return 5\n", "class P:\n    def f(self): return h()", 5),
        ("h = lambda: 6\n", "class P:\n    def f(self): return h()", 6),
        ("from math import floor as fl\n", "class P:\n    def f(self): return fl(7.5)", 7),
        ("from typing import TypeVar\nT = TypeVar('T')\n", "class P:\n    def f(self: T, y: T = 8) -> T: return y", 8),
        ("def h():\n    return 9\nother = h\n", "class P:\n    def f(self): return other()", 9),
        ("D = {'a': [10, None], 'b': {1.5}, 'c': b'x'}\n", "class P:\n    def f(self): return D['a'][0]", 10),
        ("import xml\nimport xml.etree.ElementTree\n",
         "class P:\n    def f(self): return len(xml.etree.ElementTree.fromstring('<a><b/></a>')) + 10", 11),
        ("def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n > 0 and even(n - 1)\n",
         "class P:\n    def f(self): return 12 * even(2)", 12),
        ("", "class P:\n    LIMIT = 13\n    def f(self, *a): return [self.LIMIT for a in range(1)][0]", 13),
        ("from __future__ import annotations\n",
         "from __future__ import annotations\nclass P:\n    def f(self, x: Nowhere = 14) -> Nowhere: return x", 14),
    ],
)  # fmt: skip
def test_each_kind_of_thing_that_is_used(notebook, before, body, value):
    notebook(before)
    assert executed(source_of(notebook(body + "\n").P))["P"]().f() == value


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("import torch\nW = torch.zeros(3)\nclass P:\n    def f(self): return W", "it uses the global 'W', a Tensor"),
        ("class P:\n    def f(self): return later()", "it uses 'later', which is not defined"),
        (
            "def make():\n    class P:\n        def f(self): pass\n    return P\nP = make()",
            "make.<locals>.P is made inside",
        ),
        ("P = type('P', (), {'__module__': 'pretend_main'})", "the source of 'P' is not known"),
    ],
)
def test_what_cannot_be_written_is_named(notebook, cell, why):
    with pytest.raises(PluginError, match=why):
        source_of(notebook(cell + "\n").P)


def test_a_class_of_a_module_takes_the_modules_names(tmp_path, monkeypatch):
    (tmp_path / "pretend_pack").mkdir()
    (tmp_path / "pretend_pack" / "__init__.py").write_text("")
    (tmp_path / "pretend_pack" / "near.py").write_text("def near():\n    return 21\n")
    (tmp_path / "pretend_pack" / "mod.py").write_text(
        "from .near import near\nclass P:\n    def f(self):\n        return near()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    source = source_of(importlib.import_module("pretend_pack.mod").P)
    assert "from pretend_pack.near import near" in source
    assert executed(source)["P"]().f() == 21


def test_nothing_is_imported_to_find_a_name(notebook, tmp_path, monkeypatch):
    """A cell that failed may name a module that this process never had."""
    (tmp_path / "never_imported.py").write_text("raise SystemExit('it is imported')")
    monkeypatch.syspath_prepend(tmp_path)
    notebook("from torch.nn.functional import softplus\n")
    with pytest.raises(ModuleNotFoundError):
        notebook("import nowhere_to_be_found\nfrom never_imported import softplus\n")
    module = notebook("class P:\n    def f(self, x): return softplus(x)\n")
    assert source_of(module.P).startswith("from torch.nn.functional import softplus\n")


def test_a_name_is_imported_from_where_the_author_did(notebook):
    """Not from the inner module that the value says it is of."""
    module = notebook("from torch.nn.functional import softplus\nclass P:\n    def f(self, x): return softplus(x)\n")
    assert "from torch.nn.functional import softplus" in source_of(module.P)


def test_a_class_is_registered_in_every_zoo_and_replaced_by_an_edited_one(notebook):
    notebook("import torch.nn.functional as F\nSCALE = 1.0\ndef helper(turn):\n    return turn\n")
    for scale in (2.0, 3.0):
        module = notebook(
            f"SCALE = {scale}\nimport ganzoo\n"
            + LOSS.replace("class Mine", "\n@ganzoo.register('losses', 'mine', paper='p')\nclass Mine")
        )
        registry = load_zoo().registry
        entry = registry.get("loss", "mine")
        assert (entry.paper, entry.plugin) == ("p", "loss_mine.py")
        assert entry.load()().d_loss(4.0) == 4.0 * scale
        assert module.Mine is not entry.load()
        assert "ganzoo.register(" not in registry.files["loss_mine.py"].source
    assert [e.name for e in load_zoo().registry.all("loss")].count("mine") == 1


def test_what_is_fixed_for_the_name_is_given_to_the_class(notebook):
    """Infinity and NaN are no literals of Python."""
    body = "\n    def __init__(self, a): super().__init__(); self.a = a"
    mine = notebook("F = helper = SCALE = None\n" + LOSS.replace("(Loss):", f"(Loss):{body}")).Mine
    given = {"b": [float("-inf"), None, {"c": "x"}], "d": float("nan")}
    ganzoo.register("losses", "mine", mine, params={"a": given})
    taken = load_zoo().registry.get("loss", "mine").load()().a
    assert taken["b"] == given["b"]
    assert math.isnan(taken["d"])


def test_what_is_no_part_is_refused(notebook):
    mine = notebook("F = helper = SCALE = None\n" + LOSS).Mine
    for other in (3, lambda: mine):
        with pytest.raises(PluginError, match=r"loss 'mine' must be a class that derives from ganzoo.interfaces.Loss"):
            ganzoo.register("losses", "mine", other)
    with pytest.raises(UnknownName, match="no kind of parts is called 'losess'; did you mean 'losses'"):
        ganzoo.register("losess", "mine", mine)
    with pytest.raises(UnknownName, match="'recipes'"):
        ganzoo.register("recipes", "mine", mine)
    with pytest.raises(
        PluginError, match=r"generator 'mine' must be a class that derives from ganzoo.interfaces.Generator"
    ):
        ganzoo.register("generators", "mine", mine)
    with pytest.raises(PluginError, match="lower-case words"):
        ganzoo.register("losses", "Mine", mine)
    half = notebook("class Half(Loss):\n    def d_loss(self, turn): ...\n").Half
    with pytest.raises(PluginError, match="Half lacks what a loss must have: g_loss"):
        ganzoo.register("losses", "half", half)
    assert not files.files_of_process()


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("hinge", {}, "loss 'hinge' is already that of plugin 'losses'; take another name"),
        ("a" * 300, {}, "is longer than 160 characters"),
        (3, {}, "loss name 3 is not"),
        ("mine", {"params": {"nope": 1}}, "takes no parameter 'nope'"),
        ("mine", {"params": [1]}, "params is .*must map names"),
    ],
)
def test_what_could_not_be_used_is_refused_at_once_and_leaves_nothing(notebook, name, asked, said):
    module = notebook(LOSS.replace("helper(turn) * SCALE", "turn").replace("F.softplus(turn)", "turn"))
    with pytest.raises(PluginError, match=said):
        ganzoo.register("losses", name, module.Mine, **asked)
    assert not files.files_of_process()


def test_a_part_is_registered_again_under_its_own_name(notebook):
    for body in ("turn", "turn * 2"):
        module = notebook(LOSS.replace("helper(turn) * SCALE", body).replace("F.softplus(turn)", "turn"))
        ganzoo.register("losses", "again-and-again", module.Mine)
    assert ["* 2" in found.source for found in files.files_of_process()] == [True]
