"""The part in whose code an error arose, and what third parties' parts raise."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.guarding.told import blamed, told_parts
from ganzoo.registry.registry import Entry

PATH = Path(__file__)
CODE = """
class Sound:
    def go(self, act): act()
class Other(Sound):
    def go(self, act): act()
def free(act): act()
"""


def entry(kind, name, target, distribution="evilplug"):
    return Entry(kind, name, target, "evil", "1.0", distribution=distribution)


@pytest.fixture
def module(monkeypatch):
    """Make a module of this name with two classes and a function."""

    def make(name):
        made = SimpleNamespace(__name__=name, __builtins__=__builtins__)
        exec(compile(CODE, f"{name}.py", "exec"), vars(made))
        monkeypatch.setitem(sys.modules, name, made)
        return made

    return make


def fail():
    raise ValueError("mine")


def raised(act):
    with pytest.raises(ValueError, match="mine") as caught:
        act(fail)
    return caught.value


def test_the_part_is_named_in_whose_class_an_error_arose(module):
    made = module("evilplug.parts")
    entries = [entry("loss", "one", "evilplug.parts:Sound"), entry("regularizer", "two", "evilplug.parts:Other")]
    assert blamed(raised(made.Sound().go), entries) == "loss 'one' of plugin 'evil' (evilplug 1.0)"
    assert blamed(raised(made.Other().go), entries) == "regularizer 'two' of plugin 'evil' (evilplug 1.0)"
    assert blamed(raised(made.free), entries[:1]) == "loss 'one' of plugin 'evil' (evilplug 1.0)"


def test_the_innermost_part_is_named(module):
    outer, inner = module("outer.parts"), module("inner.parts")
    entries = [entry("loss", "out", "outer.parts:Sound"), entry("generator", "in", "inner.parts:Sound")]
    error = raised(lambda act: outer.Sound().go(lambda: inner.Sound().go(act)))
    assert blamed(error, entries).startswith("generator 'in'")


def test_of_a_module_beside_it_the_plugin_is_named(module):
    made = module("evilplug.helping")
    assert blamed(raised(made.free), [entry("loss", "one", "evilplug.parts:Sound")]) == "plugin 'evil' (evilplug 1.0)"


def test_of_bundled_modules_each_is_a_plugin_of_its_own(module):
    own = Entry("loss", "one", "ganzoo_plugins.one:Sound", "one", "0.1.0", distribution="ganzoo-core")
    assert blamed(raised(module("ganzoo_plugins.other").free), [own]) == ""
    assert blamed(raised(module("ganzoo_plugins.one.helping").free), [own]) == "plugin 'one'"


def test_nobody_is_blamed_for_what_arose_elsewhere(module):
    made = module("evilplugin.parts")
    entries = [entry("loss", "one", "evilplug.parts:Sound"), Entry("recipe", "r", PATH, "evil")]
    assert blamed(raised(made.free), entries) == ""
    assert blamed(UnknownName("never raised"), entries) == ""


def test_a_bundled_part_is_named_by_its_plugin(module):
    made = module("bundled.parts")
    own = Entry("loss", "one", "bundled.parts:Sound", "losses", "0.1.0", distribution="ganzoo-core")
    assert blamed(raised(made.free), [own]) == "loss 'one' of plugin 'losses'"


class Stop(Exception):
    """An exception of the engine that is no error of the user's, such as that a run has diverged."""

    __module__ = "ganzoo.bench.runs"


def test_what_a_third_partys_part_raises_is_one_sentence(module):
    made, one = module("evilplug.parts"), entry("loss", "one", "evilplug.parts:Sound")
    with pytest.raises(PluginError) as caught, told_parts([one], "while it is tried"):
        made.Sound().go(fail)
    said = "ValueError: mine (evilplug.parts.py, line 3), while it is tried"
    assert str(caught.value) == f"loss 'one' of plugin 'evil' (evilplug 1.0): {said}"
    refused = pytest.raises(PluginError, match=r"^loss 'one' of .*: TypeError: .*, while it is tried$")
    with refused, told_parts([one], "while it is tried"):
        len(3)  # which the engine asks of something that the part gave


@pytest.mark.parametrize("error", [Stop("diverged"), UnknownName("ours"), MemoryError()], ids=repr)
def test_what_says_enough_by_itself_is_left_as_it_is(error):
    with pytest.raises(type(error)) as caught, told_parts([entry("loss", "one", "evilplug.parts:Sound")], "now"):
        raise error
    assert caught.value is error


def test_what_a_bundled_part_raises_is_our_own_fault():
    own = Entry("loss", "one", "ganzoo_plugins.one:Sound", "one", "0.1.0", distribution="ganzoo-core")
    with pytest.raises(ValueError, match="mine"), told_parts([own], "now"):
        fail()
