"""The catalogue against the files and the classes that it tells of."""

import subprocess
import sys
from dataclasses import replace

import pytest
import yaml
from ganzoo_plugins.losses.hinge import Hinge
from repository import ROOT

import ganzoo
from ganzoo.errors import GanzooError, PluginError, UnknownName

FILES = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "configs").glob("*.yaml")}


def test_it_has_each_recipe_with_what_its_file_says():
    found = {one.name: one for one in ganzoo.recipes(plugin="recipes")}
    assert found.keys() == FILES.keys()
    for name, one in found.items():
        said = FILES[name]
        assert (one.year, one.title, one.paper) == (said.get("year"), said.get("title", ""), said.get("paper", ""))
        assert one.conditional is bool(said.get("conditional"))
        assert one.published is ("published" in said)


@pytest.mark.parametrize("years", [2017, range(2017, 2018), {2017, 1900}, (2017,)])
def test_recipes_of_a_year(years):
    assert {one.name for one in ganzoo.recipes(years, plugin="recipes")} == {
        name for name, said in FILES.items() if said.get("year") == 2017
    }


def test_filters_hold_together():
    every = {one.name for one in ganzoo.recipes()}
    with_labels = {one.name for one in ganzoo.recipes(conditional=True)}
    without = {one.name for one in ganzoo.recipes(conditional=False)}
    assert with_labels | without == every
    assert not with_labels & without
    assert "biggan" in with_labels
    assert "dcgan" in without
    assert {one.year for one in ganzoo.recipes(range(2017, 2019), conditional=True)} == {2017, 2018} & {
        one.year for one in ganzoo.recipes(conditional=True)
    }


def test_a_plugin_that_is_not_there():
    with pytest.raises(UnknownName, match=r"no plugin named 'recipe'; did you mean 'recipes'\?"):
        ganzoo.recipes(plugin="recipe")


def test_parts_have_the_parameters_of_their_classes():
    found = {one.name: one for one in ganzoo.parts("losses")}
    hinge = found["hinge"]
    assert (hinge.kind, hinge.part, hinge.paper) == ("loss", Hinge, "arXiv:1705.02894")
    assert hinge.doc.startswith(Hinge.__doc__[:20])
    dcgan = next(one for one in ganzoo.parts("generator") if one.name == "dcgan")
    assert not {"image_size", "channels", "num_classes"} & dcgan.parameters.keys()
    assert dcgan.parameters["z_dim"].default == 100
    table = next(one for one in ganzoo.parts("generator") if one.name == "table")
    assert "spans" not in table.parameters and "tau" in table.parameters
    assert ganzoo.parts("metrics")[0].parameters == {}


def test_what_a_name_fixes_is_no_parameter():
    one = next(one for one in ganzoo.parts("losses") if one.name == "ebgan")
    assert [*one.parameters] == ["margin"]
    twin = replace(one, fixed={"margin": 2.0}, entry=replace(one.entry, params={"margin": 2.0}))
    assert twin.parameters == {}


def test_kinds_that_are_not_there():
    with pytest.raises(GanzooError, match="no kind named 'lossess'; did you mean 'losses'"):
        ganzoo.parts("lossess")
    with pytest.raises(GanzooError, match=r"ganzoo\.recipes\(\)"):
        ganzoo.parts("recipes")


def test_listing_imports_no_torch():
    code = "import sys, ganzoo; ganzoo.recipes(2017); repr(ganzoo.parts('losses')); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_class_that_cannot_be_imported_is_told():
    one = ganzoo.parts("losses")[0]
    gone = replace(one, entry=replace(one.entry, target="nowhere:Loss"))
    with pytest.raises(PluginError, match="cannot import nowhere:Loss"):
        _ = gone.parameters
