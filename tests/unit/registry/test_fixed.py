"""Parameters that an entry fixes: a plugin of a third party's, from its hook to a built part."""

import inspect
import json
import sys
import types

import pytest
from click.testing import CliRunner
from installed_plugins import Site

from ganzoo.cli import cli
from ganzoo.errors import PluginError, RecipeError
from ganzoo.interfaces import Loss
from ganzoo.recipes.building.build import build_part, check_recipe, load_class
from ganzoo.recipes.recipe import Part, Recipe
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.fixed import fix
from ganzoo.registry.registry import Entry, Registry

HOOK = """
import ganzoo
@ganzoo.hookimpl
def register_losses(register):
    register("power-two", "powers:Power", params={"power": 2})
    register("power-three", "powers:Power", params={"power": 3}, summary="a cube")
    register("power-any", "powers:Power")
"""


class Power(Loss):
    """A loss of one power."""

    def __init__(self, power, scale=1.0):
        super().__init__()
        self.power, self.scale = power, scale

    def d_loss(self, turn):
        return self.scale * turn.on_real["logits"].pow(self.power).mean()

    def g_loss(self, turn):
        return self.scale * turn.on_fake["logits"].pow(self.power).mean()


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "powers", types.SimpleNamespace(Power=Power))
    Site(tmp_path).install("ganzoo-powers", HOOK)
    return load_zoo().registry


def recipe(loss):
    players = {"generator": {"name": "dcgan", "width": 4}, "discriminator": {"name": "dcgan", "width": 4}}
    optimizers = {"g_optimizer": {"lr": 1e-3}, "d_optimizer": {"lr": 1e-3}}
    return Recipe.from_dict({"name": "odd", **players, "loss": loss, **optimizers})


def test_a_part_is_built_with_what_its_entry_fixes(registry):
    built = build_part(registry, "loss", Part(name="power-three", params={"scale": 0.5}))
    assert isinstance(built, Power) and (built.power, built.scale) == (3, 0.5)
    assert build_part(registry, "loss", Part(name="power-two")).power == 2
    check_recipe(recipe({"name": "power-two", "scale": 2.0}), registry)


def test_a_recipe_cannot_give_what_is_fixed(registry):
    message = "^recipe 'odd': loss 'power-two' has the parameter 'power' fixed to 2, and a recipe cannot give it$"
    with pytest.raises(RecipeError, match=message):
        check_recipe(recipe({"name": "power-two", "power": 3}), registry)
    with pytest.raises(RecipeError, match="loss 'power-any' needs the parameter 'power'"):
        check_recipe(recipe("power-any"), registry)
    with pytest.raises(RecipeError, match=r"loss 'power-two' takes no parameter 'powr'; it takes: scale$"):
        check_recipe(recipe({"name": "power-two", "powr": 3}), registry)


def test_the_class_keeps_its_name_and_loses_the_parameter(registry):
    cls = load_class(registry, "loss", "power-two")
    assert issubclass(cls, Power) and cls is not Power
    assert (cls.__name__, cls.__qualname__, cls.__module__, cls.__doc__) == ("Power", "Power", __name__, Power.__doc__)
    assert list(inspect.signature(cls).parameters) == ["scale"]
    assert load_class(registry, "loss", "power-any") is Power


def test_it_is_shown(registry):
    shown = CliRunner().invoke(cli, ["show", "power-three"]).stdout.splitlines()
    assert "fixed:    power=3" in shown and "target:   powers:Power" in shown
    assert not [line for line in CliRunner().invoke(cli, ["show", "power-any"]).stdout.splitlines() if "fixed" in line]
    listed = json.loads(CliRunner().invoke(cli, ["list", "losses", "--json"]).stdout)["entries"]
    assert {row["name"]: row["params"] for row in listed if row["plugin"] == "ganzoo-powers"} == {
        "power-two": {"power": 2},
        "power-three": {"power": 3},
        "power-any": {},
    }


@pytest.mark.parametrize("params", [{"power": object()}, {1: 2}, [("power", 2)], "power", {"power": [{3}]}])
def test_params_are_data(params):
    with pytest.raises(PluginError, match=r"^loss 'odd': params is .*, and must map names to numbers, text or lists"):
        Entry("loss", "odd", "powers:Power", "stranger", params=params)


def test_a_recipe_has_no_parameters_to_fix(tmp_path):
    (tmp_path / "odd.yaml").write_text("ganzoo: 1\n")
    with pytest.raises(PluginError, match=r"^recipe 'odd': a recipe is a file, and no parameters of it can be fixed$"):
        Entry("recipe", "odd", tmp_path / "odd.yaml", "stranger", params={"width": 4})


@pytest.mark.parametrize(
    ("target", "params", "message"),
    [
        ("powers:Power", {"exponent": 2}, "TypeError: Power takes no parameter 'exponent'; it takes: power, scale$"),
        ("powers:Power.d_loss", {"power": 2}, "is not of the form 'module:Class'"),
        ("json:dumps", {"indent": 2}, "loss 'odd' of plugin 'stranger' fixes parameters of json:dumps, which is no"),
    ],
)
def test_what_cannot_be_fixed_is_said(registry, target, params, message):
    with pytest.raises(PluginError, match=message):
        Entry("loss", "odd", target, "stranger", params=params).load()


def test_an_entry_with_params_can_be_hashed_and_compared():
    two, three = (Entry("loss", "a", "m:C", "p", params={"power": power}) for power in (2, 3))
    assert two != three and len({two, three}) == 2
    made = Registry()
    made.add([two])
    assert made.get("loss", "a").params == {"power": 2}


class Sized:
    """A class that has to know its size before it is built."""

    def __init__(self, weights=None, *, scale=1):
        self.weights, self.scale = weights, scale

    def __init_subclass__(cls, size=0, **more):
        super().__init_subclass__(**more)
        cls.size = size


def test_what_must_be_known_before_goes_to_the_class():
    cls = fix(Sized, {"size": 7, "scale": 3})
    assert cls.size == 7 and cls("path").scale == 3 and cls("path").weights == "path"
    assert list(inspect.signature(cls).parameters) == ["weights"]
    assert fix(Sized, {"size": 8}).size == 8 and cls.size == 7


def test_a_class_without_parameters_says_so():
    with pytest.raises(TypeError, match=r"^Plain takes no parameter 'a'; it takes: none$"):
        fix(type("Plain", (), {}), {"a": 1})
