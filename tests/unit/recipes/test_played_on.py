"""Modalities of recipes by the keywords that their players need, from their source alone."""

import subprocess
import sys

import pytest

from ganzoo.recipes.headings.heading import headings_of
from ganzoo.recipes.headings.played_on import PlayedOn
from ganzoo.recipes.headings.signatures import classes_in
from ganzoo.registry.discovery import load_zoo

SOURCE = """
from .above import Above, SHARED
from ganzoo.interfaces import Generator

class Plain(Generator):
    def __init__(self, *, length, z_dim=3): ...

class Below(Plain):
    offered = frozenset({"a", "b"})

class Both(Below):
    offered: "ClassVar" = Below.offered | {"c"}

class Positional(Generator):
    def __init__(self, first, second=2, *rest, third, **more): ...

class Bare(Generator): ...

class Far(Above): ...

class Unsaid(Generator):
    offered = SHARED

class Confined(Generator):
    confines: "ClassVar" = {"scale": ("points", "waves"), "tau": ("text",)}

class UnderIt(Confined):
    def __init__(self, *, scale=1): ...

class Wrong(Generator):
    confines = {"scale": 3}
"""
ABOVE = "class Above:\n    offered = {'x'}\n    def __init__(self, depth): ...\nSHARED = {'y'}\n"


@pytest.fixture
def registry():
    return load_zoo(third_party=False).registry


@pytest.fixture
def told(tmp_path, monkeypatch):
    package = tmp_path / "a_package_of_players"
    package.mkdir()
    for name, text in {"__init__": "", "players": SOURCE, "above": ABOVE}.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    return classes_in("a_package_of_players.players", package / "players.py")


def test_parameters_without_default_are_needed(told):
    needs = {name: found["needs"] for name, found in told.items()}
    assert needs["Plain"] == needs["Below"] == needs["Both"] == ["length"]
    assert needs["Positional"] == ["first", "third"] and needs["Far"] == ["depth"]
    assert needs["Bare"] is None  # of the interface's own nothing is said


def test_keywords_that_are_offered(told):
    offered = {name: found["offered"] for name, found in told.items()}
    assert offered["Below"] == ["a", "b"] and offered["Both"] == ["a", "b", "c"] and offered["Far"] == ["x"]
    assert offered["Plain"] is offered["Unsaid"] is None
    assert "a_package_of_players.players" not in sys.modules


def test_recipes_of_ours_play_images_and_name_no_others(registry):
    played = PlayedOn(registry)
    entries = registry.all("recipe")
    told = zip(entries, headings_of(entries), strict=True)
    found = {entry.name: played.modalities(heading.players) for entry, heading in told}
    assert found["dcgan"][:2] == ("images", "points")
    assert None not in found.values()
    assert played.modalities({"generator": ("nobody", [])}) is None and played.modalities({}) is None


def test_what_the_recipe_gives_is_not_needed(registry, monkeypatch):
    played = PlayedOn(registry)
    monkeypatch.setattr(played, "_offers", {"others": ["channels", "num_classes"], "images": None})
    assert played.modalities({"generator": ("dcgan", [])}) == ()
    assert played.modalities({"generator": ("dcgan", ["image_size"])}) == ("others",)


def test_a_parameter_confines_a_recipe_to_the_modalities_that_the_source_says(told, registry):
    said = {"scale": ["points", "waves"], "tau": ["text"]}
    assert {name: found["confines"] for name, found in told.items() if found["confines"]} == {
        "Confined": said,
        "UnderIt": said,
    }
    played = PlayedOn(registry)
    every = played.modalities({"generator": ("mlp", ["width"]), "discriminator": ("mlp", [])})
    assert every == ("images", "points")
    assert played.modalities({"generator": ("mlp", ["width", "scale"]), "discriminator": ("mlp", [])}) == ("points",)
    assert played.recipes("points") == ["mixtures"]


def test_a_list_imports_no_torch():
    """Whatever is in the cache."""
    code = "import sys; from ganzoo.cli import cli; cli(['list'], standalone_mode=False); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.endswith("\nFalse\n")
