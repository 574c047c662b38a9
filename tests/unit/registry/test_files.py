"""Plugins in one file: what they offer, what they refuse, and what stays as it was."""

import sys

import pytest
from click.testing import CliRunner

from ganzoo.cli import cli
from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.hooks.file_offers import has_hooks, kebab
from ganzoo.registry.origin import origin_of
from ganzoo.registry.sources.files import PREFIX, known_here, make_importable, module_of, read_file

CLASSES = '''
import abc

from ganzoo.interfaces import Loss as Base, Tracker


class Root(Base):
    """Of all losses here."""

    @abc.abstractmethod
    def scale(self): ...


class _Hidden(Base):
    def d_loss(self, turn): ...
    def g_loss(self, turn): ...


class MyRSGANLoss(_Hidden):
    """Real beats fake."""

    paper = "arXiv:1807.00734"


class Named(_Hidden):
    name = "other-name"
'''
HOOK = """
import ganzoo

@ganzoo.hookimpl
def register_losses(register):
    register("by-text", f"{__name__}:Late", summary="s", params={"a": 1.0})
    register("by-stem", "hooked:Late")


class Late:
    def __init__(self, a=0.0):
        self.a = a
"""


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    yield make
    for name in [name for name in sys.modules if name.startswith(PREFIX)]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("MyLoss", "my-loss"),
        ("R1Penalty", "r1-penalty"),
        ("MyRSGANLoss", "my-rsgan-loss"),
        ("Hinge", "hinge"),
        ("GAN2", "gan2"),
        ("my_loss", "my-loss"),
    ],
)
def test_a_class_is_called_by_its_words(title, name):
    assert kebab(title) == name


def test_classes_are_registered_where_the_file_has_no_hook(write):
    """Not those that lack a method, begin with _, or are another module's."""
    found = read_file(write("my_losses.py", CLASSES))
    zoo = load_zoo(files=[found])
    own = {e.name: e for e in zoo.registry.all("loss") if e.plugin == "my_losses.py"}
    assert own.keys() == {"my-rsgan-loss", "other-name"}
    entry = own["my-rsgan-loss"]
    assert (entry.summary, entry.paper, entry.origin) == (
        "Real beats fake",
        "arXiv:1807.00734",
        "plugin 'my_losses.py'",
    )
    assert entry.load().__name__ == "MyRSGANLoss"
    assert not zoo.failed
    assert zoo.registry.all("tracker") == load_zoo().registry.all("tracker")


def test_hooks_are_called_as_those_of_a_package_are(write):
    assert has_hooks(HOOK)
    assert not has_hooks(CLASSES)
    found = read_file(write("hooked.py", HOOK))
    registry = load_zoo(files=[found]).registry
    assert registry.get("loss", "by-text").load()().a == 1.0
    assert registry.get("loss", "by-stem").load()().a == 0.0
    assert registry.get("loss", "by-text").target == f"{found.value}:Late"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import ganzoo\nx = undefined\n", "line 2: NameError: name 'undefined' is not defined"),
        ("def f(:\n", "line 1: SyntaxError"),
        (
            "\n\nimport nowhere_to_be_found\n",
            "line 3: ModuleNotFoundError: No module named 'nowhere_to_be_found'; a plug",
        ),
        ("raise SystemExit(3)\n", "line 1: SystemExit: 3"),
        ("import os\nos._exit(4)\n", "its import ends the process with code 4"),
        ("a = 1\n", "it holds no hook and no class of ganzoo.interfaces"),
        (
            "from ganzoo.interfaces import Loss\nclass Hinge(Loss):\n    d_loss = g_loss = None\n",
            "registers loss 'hinge', which plugin 'losses' already provides",
        ),
        (
            "import ganzoo\n@ganzoo.hookimpl\ndef register_recipes(register):\n    register('r', __file__)\n",
            "a plugin file holds no recipes",
        ),
        (
            "import ganzoo\n@ganzoo.hookimpl\ndef register_loses(register):\n    pass\n",
            "did you mean 'register_losses'",
        ),
        ("def register_losses(register):\n    pass\n", "register_losses lacks the decorator @ganzoo.hookimpl"),
        ("", "it holds no hook"),
    ],
)
def test_a_file_that_fails_is_one_sentence(write, text, why):
    path = write("wrong.py", text)
    result = CliRunner().invoke(cli, ["list", "losses", "--plugin", str(path)])
    assert result.exit_code == 2
    [line] = [line for line in result.stderr.splitlines() if line.startswith("Error")]
    assert line.startswith(f"Error: the plugin file {path} cannot be used: ")
    assert why in line


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("absent.py", None, "there is no plugin file"),
        ("wrong.txt", b"", "give the path of a .py file"),
        ("binary.py", b"\xff\xfe\x00", "no source of Python"),
        ("cookie.py", b"# coding: nonsense\n", "no source of Python"),
        ("large.py", b"#" * 1_000_001, "above 1,000,000 bytes"),
    ],
)
def test_what_is_no_file_of_source_is_refused(tmp_path, name, content, why):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = CliRunner().invoke(cli, ["--plugin", str(tmp_path / name), "plugins"])
    assert result.exit_code == 2
    assert why in result.stderr


def test_the_option_stands_before_or_behind_the_command_and_twice(write):
    one, two = write("one.py", HOOK.replace("by-", "one-by-")), write("hooked.py", HOOK)
    for words in (
        ["--plugin", str(one), "list", "losses", "--plugin", str(two)],
        ["list", "--plugin", str(one), "--plugin", str(two), "losses"],
    ):
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == 0, result.output
        assert "one-by-text" in result.stdout
        assert "by-stem" in result.stdout
    assert "by-stem" not in CliRunner().invoke(cli, ["list", "losses"]).stdout


def test_two_files_of_one_name_are_refused_and_one_given_twice_is_one(write, tmp_path):
    one, two = write("one.py", HOOK), write("below/one.py", CLASSES)
    result = CliRunner().invoke(cli, ["list", "losses", "--plugin", str(one), "--plugin", str(two)])
    assert result.exit_code == 2
    assert f"the plugin files {one} and {two} have one name" in result.stderr
    assert CliRunner().invoke(cli, ["list", "losses", "--plugin", str(one), "--plugin", str(one)]).exit_code == 0


def test_an_edited_file_is_another_module_and_another_origin(write):
    before = read_file(write("one.py", HOOK))
    after = read_file(write("one.py", HOOK + "\n# edited\n"))
    assert before.value != after.value
    origins = [origin_of(load_zoo(files=[f]).registry.get("loss", "by-text")) for f in (before, after)]
    assert len(set(origins)) == 2
    assert all(origin.startswith("one.py (source ") for origin in origins)


def test_the_same_contents_elsewhere_are_the_same_module(write):
    assert read_file(write("one.py", CLASSES)).value == read_file(write("below/one.py", CLASSES)).value
    assert module_of("a b-c.py", "x").isidentifier()


def test_a_file_is_known_once_it_was_given(write):
    found = read_file(write("one.py", CLASSES))
    assert not known_here(found)
    make_importable([found])
    assert known_here(found)
    assert not known_here(read_file(write("one.py", CLASSES + "#")))


def test_the_import_of_a_file_is_looked_at_once(write, monkeypatch):
    from ganzoo.registry.probing import probe

    found = read_file(write("one.py", HOOK))
    load_zoo(files=[found])
    monkeypatch.setattr(probe, "look_at", lambda *a, **b: pytest.fail("it is looked at again"))
    load_zoo(files=[found])
    load_zoo(files=[read_file(write("below/one.py", HOOK))])


def test_a_class_is_named_by_its_place(write, monkeypatch, tmp_path):
    found = read_file(write("one.py", CLASSES))
    registry = load_zoo(files=[found], only=()).registry
    assert "other-name" not in {e.name for e in registry.all("loss")}
    entry = registry.get("loss", "one.py:Named")
    assert (entry.load().__name__, entry.plugin, entry.registered_by_others) == ("Named", "one.py", False)
    write("outside_zoo.py", CLASSES)
    monkeypatch.syspath_prepend(tmp_path)
    named = registry.get("loss", "outside_zoo:Named")
    assert (named.load().__name__, named.target, named.distribution) == ("Named", "outside_zoo:Named", "outside_zoo")
    sys.modules.pop("outside_zoo")
    assert origin_of(named).startswith("outside_zoo (source ")
    assert registry.get("loss", "click:Command").distribution == "click"
    for name, why in {
        "absent.py:Named": "there is no file 'absent.py'",
        "no_module:Named": "no module 'no_module' is installed",
    }.items():
        with pytest.raises(UnknownName, match=why):
            registry.get("loss", name)
    with pytest.raises(PluginError, match="module:Class"):
        registry.get("loss", "one.py:not a class")
