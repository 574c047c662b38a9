import re
import sys

import pytest
from installed_plugins import Site, plugin_of

from ganzoo.errors import PluginError, UnknownName
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.hooks import hookspecs
from ganzoo.registry.hooks.offers import HOOKS


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.delenv("GANZOO_LOAD_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return Site(tmp_path)


def plugin(zoo, name, distribution=None):
    [found] = [p for p in zoo.plugins if p.name == name and distribution in (None, p.distribution)]
    return found


def losses(zoo):
    return {entry.name for entry in zoo.registry.all("loss")}


def test_a_third_party(site):
    site.install(
        "ganzoo-ragan",
        "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n"
        "    register('ragan', 'pretend_nets:Loss', summary='relativistic', paper='arXiv:1807.00734')\n",
        metadata="License-Expression: MIT\n",
    )
    zoo = load_zoo()
    entry = zoo.registry.get("loss", "ragan")
    assert (entry.plugin, entry.version, entry.licence) == ("ganzoo-ragan", "1.2", "MIT")
    assert (entry.target, entry.summary, entry.paper) == ("pretend_nets:Loss", "relativistic", "arXiv:1807.00734")
    found = plugin(zoo, "ganzoo-ragan")
    assert (found.distribution, found.version, found.hooks) == ("ganzoo-ragan", "1.2", ("register_losses",))
    assert (found.provides, found.status, found.reason, found.bundled) == ((entry,), "ok", "", False)
    with pytest.raises(
        PluginError, match=r"'ragan' of plugin 'ganzoo-ragan' \(ganzoo-ragan 1.2\): cannot import pretend_nets"
    ):
        entry.load()


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License: BSD\n", "BSD"),
        ("License: long\n  text of\n  a licence\nClassifier: License :: OSI Approved :: MIT License\n", "MIT License"),
        ("", ""),
    ],
)
def test_the_licence_comes_from_the_metadata(site, metadata, licence):
    site.install("other", plugin_of("rel"), metadata=metadata)
    assert load_zoo().registry.get("loss", "rel").licence == licence


def test_the_bundled_plugins_come_first_and_through_the_same_door(site):
    site.install("aaa", plugin_of("rel"), plugin="aaa")
    zoo = load_zoo()
    bundled = [p.bundled for p in zoo.plugins]
    assert bundled == sorted(bundled, reverse=True)
    assert plugin(zoo, "dcgan").bundled
    assert plugin(zoo, "dcgan").distribution == "ganzoo-core"
    for part in (True, False):
        names = [p.name for p in zoo.plugins if p.bundled is part]
        assert names == sorted(names)
    assert not [p for p in zoo.failed if p.bundled]


def test_the_order_of_third_parties_is_by_name_whoever_ships_them(site):
    site.install("zzz", plugin_of("one"), plugin="pretend-a")
    site.install("aaa", plugin_of("two"), plugin="pretend-b")
    names = [p.name for p in load_zoo().plugins]
    assert names.index("pretend-a") < names.index("pretend-b")


def test_recipes_of_a_third_party(site):
    (site.folder / "mine.yaml").write_text("title: mine\n")
    code = (
        "import ganzoo, importlib.resources, pathlib\n@ganzoo.hookimpl\ndef register_recipes(register):\n"
        "    register('mine', pathlib.Path(__file__).with_name('mine.yaml'))\n"
    )
    site.install("mine", code)
    assert load_zoo().registry.get("recipe", "mine").target.read_text() == "title: mine\n"


HEAD = "import ganzoo\n"
GOOD_HOOK = "@ganzoo.hookimpl\ndef register_losses(register):\n    register('rel', 'm:Rel')\n"
BROKEN = {
    "import error": ("import no_such_module_anywhere", "cannot be imported: ModuleNotFoundError: No module named"),
    "syntax error": ("def (", "cannot be imported: SyntaxError: "),
    "exits": ("import sys; sys.exit(4)", "cannot be imported: SystemExit: 4"),
    "strange exception": ("class E(BaseException): pass\nraise E('x')", "cannot be imported: E: x"),
    "hook raises": (
        HEAD + GOOD_HOOK + "@ganzoo.hookimpl\ndef register_generators(register):\n    raise ValueError('a\\nb')\n",
        "register_generators failed: ValueError: a b",
    ),
    "hook raises after registering": (
        HEAD + GOOD_HOOK + "    1 / 0\n",
        r"register_losses failed: ZeroDivisionError.* \(.*line 5\)",
    ),
    "hook exits": (HEAD + GOOD_HOOK + "    raise SystemExit\n", "register_losses failed: SystemExit"),
    "wrong argument": (
        HEAD + "@ganzoo.hookimpl\ndef register_losses(registry):\n    registry('rel', 'm:Rel')\n",
        r"a hook has the wrong signature: write `def register_losses\(register\)`",
    ),
    "no argument": (
        HEAD + "@ganzoo.hookimpl\ndef register_losses():\n    pass\n",
        r"a hook has the wrong signature: write `def register_losses\(register\)`",
    ),
    "misspelt": (
        HEAD + GOOD_HOOK.replace("losses", "looses"),
        "there is no hook 'register_looses'; did you mean 'register_losses'\\?",
    ),
    "unmarked": (GOOD_HOOK.partition("\n")[2], "register_losses lacks the decorator @ganzoo.hookimpl"),
    "yields": (HEAD + GOOD_HOOK + "    yield\n", "register_losses returns generator where it should return None"),
    "bad name": (HEAD + GOOD_HOOK.replace("'rel'", "'Rel'"), "register_losses: loss name 'Rel' is not lower-case"),
    "bad target": (
        HEAD + GOOD_HOOK.replace("m:Rel", "m.Rel"),
        "register_losses: loss 'rel': the target 'm.Rel' is not of the form 'module:Class'",
    ),
    "bad call": (
        HEAD + GOOD_HOOK.replace("'m:Rel'", "target='m:Rel', sumary='x'"),
        "register_losses: register takes no 'sumary'; did you mean 'summary'\\?",
    ),
    "no target": (
        HEAD + GOOD_HOOK.replace(", 'm:Rel'", ""),
        r'register_losses: register takes a name and a target, as in .*"my_module:Mine"\), and 1 of these are given',
    ),
    "the kind, too": (
        HEAD + GOOD_HOOK.replace("'rel'", "'loss', 'rel'"),
        "register_losses: register takes a name and a target, .*, and 3 of these are given",
    ),
    "swallowed": (
        HEAD + "@ganzoo.hookimpl\ndef register_losses(register):\n"
        "    try:\n        register('Rel', 'm:Rel')\n    except Exception: pass\n",
        "register_losses: loss name 'Rel'",
    ),
    "missing recipe": (
        HEAD + "import pathlib\n@ganzoo.hookimpl\ndef register_recipes(register):\n"
        "    register('rel', pathlib.Path('no/such/file.yaml'))\n",
        "register_recipes: recipe 'rel': there is no file no/such/file.yaml; a package lists",
    ),
    "taken name": (
        HEAD + GOOD_HOOK + "    register('taken', 'm:Rel')\n",
        "plugin 'broken' registers loss 'taken', which plugin 'a-first' already provides",
    ),
    "twice": (HEAD + GOOD_HOOK + "    register('rel', 'm:Rel')\n", "plugin 'broken' registers loss 'rel' twice"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_reported_and_gives_nothing(site, case):
    code, reason = BROKEN[case]
    site.install("a-first", plugin_of("taken"))
    site.install("broken", code)
    site.install("last", plugin_of("last"))
    zoo = load_zoo()
    failed = plugin(zoo, "broken")
    assert failed.status == "failed"
    assert [p.name for p in zoo.failed] == ["broken"]
    assert re.match(reason, failed.reason), failed.reason
    assert "\n" not in failed.reason
    assert {"taken", "last"} <= losses(zoo)
    assert "rel" not in losses(zoo)
    assert zoo.registry.get("loss", "taken").plugin == "a-first"
    with pytest.raises((PluginError, UnknownName), match="broken"):
        zoo.registry.get("loss", "rel")


def test_what_a_failed_plugin_would_have_provided_names_it_and_its_reason(site):
    site.install("broken", BROKEN["hook raises"][0])
    zoo = load_zoo()
    assert [entry.name for entry in plugin(zoo, "broken").provides] == ["rel"]
    with pytest.raises(
        PluginError, match=r"no loss named 'rel': plugin 'broken' provides it, .*: register_gen.* a b \(.*line 7\)$"
    ):
        zoo.registry.get("loss", "rel")


def test_an_interrupt_of_its_own_is_a_failure(site):
    site.install("broken", "raise KeyboardInterrupt")
    reason = plugin(load_zoo(), "broken").reason
    assert re.fullmatch(r"cannot be imported: KeyboardInterrupt \(pretend_\w+\.py, line 1\)", reason)


def test_a_mere_folder_that_hides_the_package_is_told(site, monkeypatch):
    """Started beside a project's folder of the package's name, Python finds that folder first."""
    site.install("hidden", "", entry_points="[ganzoo]\nhidden = hidden_package\n")
    package = site.folder / "hidden_package" / "hidden_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(plugin_of("shy"))
    reason = plugin(load_zoo(), "hidden").reason
    assert re.fullmatch(r"cannot be imported: .*the folder .*hidden_package has no __init__.py and hides .*", reason)
    monkeypatch.syspath_prepend(package.parent)  # from elsewhere it is found, whatever was kept of before
    assert plugin(load_zoo(), "hidden").reason == "" and "shy" in losses(load_zoo())


def test_an_optional_hook_of_a_newer_version_is_no_mistake(site):
    site.install(
        "newer", HEAD + GOOD_HOOK + "@ganzoo.hookimpl(optionalhook=True)\ndef register_oracles(register): ...\n"
    )
    assert plugin(load_zoo(), "newer").status == "ok"


def test_a_bundled_name_cannot_be_taken(site):
    site.install("copy", HEAD + GOOD_HOOK.replace("losses", "generators").replace("'rel'", "'dcgan'"))
    zoo = load_zoo()
    assert zoo.registry.get("generator", "dcgan").plugin == "dcgan"
    assert (
        plugin(zoo, "copy").reason
        == "plugin 'copy' registers generator 'dcgan', which plugin 'dcgan' already provides; take another name"
    )


@pytest.mark.parametrize("name", ["shared", "dcgan"])
def test_two_distributions_with_one_entry_point_name(site, name):
    site.install("first", plugin_of("one"), plugin=name)
    site.install("second", plugin_of("two"), plugin=name)
    zoo = load_zoo()
    failed = plugin(zoo, name, "second")
    first = "ganzoo-core" if name == "dcgan" else "first"
    assert failed.reason == f"the name {name!r} is already that of a plugin of distribution {first!r}"
    assert "two" not in losses(zoo)
    assert ("one" in losses(zoo)) == (name == "shared")


def test_what_a_plugin_prints_goes_to_stderr(site, capsys):
    site.install("loud", "print('at import')\n" + HEAD + GOOD_HOOK + "    print('in a hook')\n")
    assert "rel" in losses(load_zoo())
    assert tuple(capsys.readouterr()) == ("", "at import\nin a hook\n")


def test_no_third_party(site, monkeypatch):
    monkeypatch.setenv("GANZOO_LOAD_PLUGINS", "good,absent")
    module = site.install("good", plugin_of("rel"))
    zoo = load_zoo(third_party=False)
    assert all(p.bundled for p in zoo.plugins)
    assert plugin(zoo, "dcgan").status == "ok"
    assert module not in sys.modules


def test_the_variable_limits_third_parties(site, monkeypatch):
    site.install("good", plugin_of("rel"))
    site.install("other", plugin_of("other"))
    monkeypatch.setenv("GANZOO_LOAD_PLUGINS", " good, absent,dcgan")
    zoo = load_zoo()
    assert {p.name for p in zoo.plugins if not p.bundled} == {"good", "absent"}
    assert plugin(zoo, "absent").reason == "not installed, though GANZOO_LOAD_PLUGINS names it"
    assert plugin(zoo, "absent").status == "failed"
    assert "rel" in losses(zoo)
    assert "other" not in losses(zoo)
    assert plugin(zoo, "dcgan").bundled


def test_the_empty_variable_allows_none(site, monkeypatch):
    site.install("good", plugin_of("rel"))
    monkeypatch.setenv("GANZOO_LOAD_PLUGINS", "")
    assert all(p.bundled for p in load_zoo().plugins)


def test_a_broken_list_of_entry_points(site):
    site.install("broken-list", "", entry_points="[ganzoo]\nnonsense\n")
    site.install("strangers", "", entry_points="[console_scripts]\nnonsense\n")
    site.install("good", plugin_of("rel"))
    zoo = load_zoo()
    assert plugin(zoo, "broken-list").reason.startswith("its entry_points.txt cannot be read")
    assert [p.name for p in zoo.failed] == ["broken-list"]
    assert "rel" in losses(zoo)


def test_the_first_copy_of_a_distribution_on_the_path_counts(site, tmp_path, monkeypatch):
    site.install("twice", plugin_of("older"))
    (tmp_path / "front").mkdir()
    monkeypatch.syspath_prepend(tmp_path / "front")
    Site(tmp_path / "front").install("twice", plugin_of("newer"))
    zoo = load_zoo()
    assert "newer" in losses(zoo)
    assert not zoo.failed


def test_a_plugin_without_metadata_is_still_loaded(site):
    site.install("bare", plugin_of("rel"))
    (site.folder / "bare-1.2.dist-info" / "METADATA").unlink()
    assert load_zoo().registry.get("loss", "rel").plugin == "bare"


def test_every_kind_has_a_hook_and_every_hook_a_docstring():
    for hook in HOOKS:
        assert "register(name, " in getattr(hookspecs, hook).__doc__
    assert {name for name in vars(hookspecs) if name.startswith("register_")} == set(HOOKS)
