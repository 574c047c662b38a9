"""Revisions of parts, and which numbers are stale by them or by another form of the recipe."""

from pathlib import Path

import pytest
from installed_plugins import Site
from revised import revised_zoo

from ganzoo.errors import PluginError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.differences.stale import changes_since, in_words, overrides_in, stale_by
from ganzoo.recipes.provenance.revisions import revised, revisions_of
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry

ZOO = revised_zoo({("loss", "hinge"): 3, ("regularizer", "r1"): 2, ("metric", "kid"): 2})
BASE = """title: Mine
generator: dcgan
discriminator: dcgan
loss: least-squares
g_optimizer: {lr: 1e-4}
d_optimizer: {lr: 1e-4}
"""


def test_a_plugin_gives_a_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_LOAD_PLUGINS", "mine")
    monkeypatch.syspath_prepend(tmp_path)
    code = """import ganzoo
@ganzoo.hookimpl
def register_losses(register):
    register('mine', 'a:B', revision=2)
    register('other', 'a:B')
"""
    Site(tmp_path).install("mine", code)
    registry = load_zoo().registry
    assert registry.get("loss", "mine").revision == 2
    assert registry.get("loss", "other").revision == 1


@pytest.mark.parametrize("revision", [0, -1, 1.0, "2", True, None])
def test_a_revision_is_a_whole_number_from_1_on(revision):
    with pytest.raises(PluginError, match=r"loss 'mine': revision is .*, and must be a whole number from 1 on"):
        Entry("loss", "mine", "a:B", "plugin", revision=revision)


def test_what_no_number_depends_on_by_name_has_no_revision(tmp_path):
    (tmp_path / "mine.yaml").touch()
    for kind, target in [("recipe", tmp_path / "mine.yaml"), ("dataset", "a:B"), ("tracker", "a:B")]:
        with pytest.raises(PluginError, match=f"no {kind} has revisions"):
            Entry(kind, "mine", target, "plugin", revision=2)


def test_only_revisions_above_1_count():
    recipe = resolve(ZOO.registry, "dcgan:loss=hinge")
    assert revisions_of(recipe, ZOO.registry) == {"loss hinge": 3}
    assert revisions_of(resolve(ZOO.registry, "dcgan"), ZOO.registry) == {}


def test_a_difference_names_the_part_and_both_revisions():
    assert revised({}, {"loss hinge": 3}) == ["revision 1 of the loss 'hinge', which has revision 3"]
    assert revised({"loss hinge": 2}, {}) == ["revision 2 of the loss 'hinge', which has revision 1"]
    assert revised({"loss hinge": 2}, {"loss hinge": 2}) == []


def now(folder: Path, **changes) -> str:
    path = folder / "mine.yaml"
    path.write_text(safeyaml.dump({**safeyaml.load(BASE), **changes}))
    return str(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "b", "departs": "c."}, []),
        ({"loss": {"name": "least-squares", "a": 0.0, "b": 1.0, "c": 1.0}}, []),  # its defaults
        ({"loss": {"name": "least-squares", "c": 0.5}}, ["loss.c 1.0, now 0.5"]),
        ({"loss": "hinge"}, ["loss least-squares, now hinge"]),
        ({"g_optimizer": {"lr": 2e-4}}, ["g_optimizer.lr 0.0001, now 0.0002"]),
        ({"flips": True, "schedule": {"d_steps": 5}}, ["flips False, now True", "schedule.d_steps 1, now 5"]),
        ({"regularizers": ["r1"]}, ["regularizers [], now ['r1']"]),
    ],
)
def test_what_makes_numbers_stale(tmp_path, change, said):
    assert changes_since(BASE, now(tmp_path, **change), load_zoo(third_party=False).registry) == said


def test_an_override_of_the_command_is_no_change(tmp_path):
    registry = load_zoo(third_party=False).registry
    text = safeyaml.dump({**safeyaml.load(BASE), "schedule": {"batch": 32}})
    command = "ganzoo bench mine.yaml -o schedule.batch=32"
    assert changes_since(text, now(tmp_path), registry, command) == []
    assert changes_since(text, now(tmp_path), registry) == ["schedule.batch 32, now 64"]
    assert overrides_in("ganzoo bench 'a b' --override=x=1 -o 'y=[1, 2]' --override z=3") == ("y=[1, 2]", "z=3", "x=1")
    assert overrides_in("ganzoo 'unbalanced") == ()


def test_a_measured_row_is_stale_by_parts_and_by_judges():
    recipe = resolve(ZOO.registry, "dcgan:loss=hinge")
    columns = [{"key": "fid", "label": "FID", "better": "lower"}, {"key": "kid", "label": "KID", "better": "lower"}]
    row = {"reference": {"columns": columns, "identity": {"extractor": "digits"}}}
    of_loss, of_kid = (
        "revision 1 of the loss 'hinge', which has revision 3 now",
        "revision 1 of the metric 'kid', which has revision 2 now",
    )
    assert stale_by(row, recipe, ZOO.registry) == [of_loss, of_kid]
    assert stale_by({**row, "revisions": {"loss hinge": 3}}, recipe, ZOO.registry) == [of_kid]
    assert stale_by({**row, "revisions": {"loss hinge": 3, "metric kid": 2}}, recipe, ZOO.registry) == []
    assert stale_by({"stale": ["loss a, now b"], "revisions": {"loss hinge": 3}}, recipe, ZOO.registry) == [
        "loss a, now b"
    ]


def test_many_changes_are_three_and_a_number():
    assert in_words(["a", "b", "c"]) == "a; b; c"
    assert in_words(["a", "b", "c", "d", "e"]) == "a; b; c; 2 more"
