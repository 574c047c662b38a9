import sys

import pytest

from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.registry import KINDS, PLURALS, Entry, Registry


def loss(name, plugin="a", target="some_module:Loss"):
    return Entry("loss", name, target, plugin)


@pytest.fixture
def registry():
    made = Registry()
    made.add([loss("hinge"), loss("wasserstein"), Entry("generator", "dcgan", "m:G", "a")])
    return made


def test_kinds():
    assert tuple(PLURALS) == KINDS
    parts = ("generator", "discriminator", "loss", "regularizer", "recipe", "dataset", "extractor", "metric")
    assert (*parts, "tracker", "executor", "modality") == KINDS


def test_get_and_all(registry):
    assert registry.get("loss", "hinge").target == "some_module:Loss"
    assert [entry.name for entry in registry.all("loss")] == ["hinge", "wasserstein"]
    assert registry.all("metric") == []


def test_find_looks_in_every_kind(registry):
    registry.add([Entry("discriminator", "dcgan", "m:D", "b")])
    assert [entry.kind for entry in registry.find("dcgan")] == ["generator", "discriminator"]
    with pytest.raises(UnknownName, match=r"^nothing named 'hing'; did you mean 'hinge'\?$"):
        registry.find("hing")


def test_an_entry_is_frozen(registry):
    with pytest.raises(AttributeError):
        registry.get("loss", "hinge").name = "other"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("loss", "hinje", "^no loss named 'hinje'; did you mean 'hinge'\\?$"),
        (
            "loss",
            "zzz",
            r"^no loss named 'zzz'; there are: hinge, wasserstein \(for one of your own: --plugin FILE, or .*",
        ),
        ("metric", "fid", r"^no metric named 'fid'; there are none \(for one of your own: --plugin FILE, or .*\)$"),
        ("recipe", "zzz", r"^no recipe named 'zzz'; there are none \(for one of your own: .* \./my-gan\.yaml\)$"),
    ],
)
def test_an_unknown_name_says_what_there_is(registry, kind, name, message):
    with pytest.raises(UnknownName, match=message):
        registry.get(kind, name)


def test_a_name_of_another_kind_is_told_as_that(registry):
    registry.add([Entry("discriminator", "dcgan", "m:D", "b"), Entry("extractor", "dcgan", "m:E", "b")])
    with pytest.raises(UnknownName, match=r"^no recipe named 'hinge': it is a loss; `ganzoo show hinge` tells"):
        registry.get("recipe", "hinge")
    with pytest.raises(UnknownName, match="'dcgan': it is a generator, a discriminator and an extractor;"):
        registry.get("loss", "dcgan")


def test_an_unknown_name_among_many_names_the_list_not_all_of_them(registry):
    registry.add([Entry("loss", f"term-{number}", "m:T", "b") for number in range(39)])
    with pytest.raises(UnknownName, match=r"^no loss named 'zzz'; `ganzoo list losses` shows the 41 that there are \("):
        registry.get("loss", "zzz")
    with pytest.raises(UnknownName, match=r"^nothing named 'zzz'; `ganzoo list` shows the 42 that there are \("):
        registry.find("zzz")


def test_an_unknown_name_mentions_failed_plugins(registry):
    registry.withhold("ragan", "cannot be imported: ImportError")
    with pytest.raises(
        UnknownName, match=r"no loss named 'rel'; .* \(plugins that failed, see 'ganzoo plugins': ragan"
    ):
        registry.get("loss", "rel")


def test_an_unknown_name_does_not_say_that_a_disabled_plugin_failed(registry):
    registry.disable("ragan")
    with pytest.raises(UnknownName, match=r"named 'rel'; .* \(plugins that --disable-plugin left out: ragan\)$"):
        registry.get("loss", "rel")


def test_a_withheld_name_says_why(registry):
    registry.withhold("ragan", "it is raining", [("loss", "rel"), ("loss", "hinge")])
    for ask in (lambda: registry.get("loss", "rel"), lambda: registry.find("rel")):
        with pytest.raises(
            PluginError, match=r"^no loss named 'rel': plugin 'ragan' provides it, but .*: it is raining$"
        ):
            ask()
    assert registry.get("loss", "hinge").plugin == "a"


def test_a_taken_name_names_both_and_adds_nothing(registry):
    with pytest.raises(PluginError, match="plugin 'b' registers loss 'hinge', which plugin 'a' already provides"):
        registry.add([loss("new", "b"), loss("hinge", "b")])
    with pytest.raises(UnknownName):
        registry.get("loss", "new")


def test_a_name_twice_in_one_plugin(registry):
    with pytest.raises(PluginError, match="plugin 'b' registers loss 'new' twice"):
        registry.add([loss("new", "b"), loss("new", "b")])


@pytest.mark.parametrize("name", ["", "Hinge", "a_b", "a--b", "-a", "a-", "a b", "a\n", "\x1b[1m", 3, None])
def test_a_bad_name(name):
    with pytest.raises(PluginError, match="is not lower-case words joined by '-'"):
        loss(name)


@pytest.mark.parametrize("target", ["", "module", "a:b:c", "a.:b", ":b", "a:", "a b:c", 3, None, Registry])
def test_a_bad_target(target):
    with pytest.raises(PluginError, match="is not of the form 'module:Class'"):
        loss("hinge", target=target)


def test_a_recipe_needs_the_path_of_a_file(tmp_path):
    with pytest.raises(PluginError, match=r"recipe 'x': the target 'x.yaml' is not the path of a YAML file"):
        Entry("recipe", "x", "x.yaml", "a")
    with pytest.raises(PluginError, match=r"recipe 'x': there is no file .*x.yaml; a package lists"):
        Entry("recipe", "x", tmp_path / "x.yaml", "a")


def test_texts_must_be_text():
    with pytest.raises(PluginError, match="loss 'x': summary and paper must be text"):
        Entry("loss", "x", "m:X", "a", summary=None)


def test_load_imports_on_first_use(tmp_path, monkeypatch, capsys):
    (tmp_path / "loud_nets.py").write_text("print('hello')\nclass Loss: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    entry = loss("x", target="loud_nets:Loss")
    assert "loud_nets" not in sys.modules
    assert entry.load().__name__ == "Loss"
    assert tuple(capsys.readouterr()) == ("", "hello\n")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "AttributeError: .*Loss"),
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("def", "SyntaxError"),
        ("class E(Exception):\n    def __str__(self): raise OSError\nraise E", "E$"),
    ],
)
def test_a_target_that_cannot_be_imported(tmp_path, monkeypatch, code, reason, request):
    module = f"broken_nets_{abs(hash(request.node.name))}"
    (tmp_path / f"{module}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginError, match=f"loss 'x' of plugin 'a': cannot import {module}:Loss: {reason}"):
        loss("x", target=f"{module}:Loss").load()


def test_an_interrupt_is_no_plugin_error(tmp_path, monkeypatch):
    (tmp_path / "interrupted_nets.py").write_text("raise KeyboardInterrupt")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        loss("x", target="interrupted_nets:Loss").load()


def test_a_recipe_is_not_a_class(tmp_path):
    (tmp_path / "x.yaml").write_text("")
    with pytest.raises(PluginError, match="recipe 'x' is a file, not a class"):
        Entry("recipe", "x", tmp_path / "x.yaml", "a").load()
