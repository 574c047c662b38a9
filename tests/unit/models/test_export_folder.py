"""Exported folders: opened again they draw the same samples, and what was changed in them is refused."""

import dataclasses
import importlib
import itertools
import json
import math
import shlex
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from exported_models import exportable
from PIL import Image
from tiny_recipes import REGISTRY

from ganzoo.errors import DataError, GanzooError, SetupError
from ganzoo.models import Model, load
from ganzoo.models.exporting.shipped import shipped
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import Zoo
from ganzoo.registry.registry import Registry

ZOO = Zoo(REGISTRY, ())
FILES = ["README.md", "config.json", "model.safetensors", "samples.png"]


def written(folder):
    return sorted(path.name for path in folder.iterdir())


def edit(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("dcgan", {}),
        ("cgan-pd", {}),
        ("sngan", {"channels": 3}),
        ("mlp-lsgan", {"points": True, "channels": 2}),
        ("stylegan2", {}),
        ("dcgan", {"size": (64, 32), "channels": 3}),
        ("cgan", {"size": (32, 64)}),
    ],
)
def test_it_draws_the_same_samples_to_the_bit(name, shape, tmp_path):
    overrides = ["generator.output=linear"] if shape.get("points") else []
    model = exportable(name, *overrides, **shape)
    with torch.no_grad():  # as no initialisation has it
        for tensor in model.generator.parameters():
            tensor.add_(0.01)
    model.export(tmp_path / "out")
    again = load(tmp_path / "out", zoo=ZOO)
    assert written(tmp_path / "out") == FILES
    assert torch.equal(again.sample(6).data, model.sample(6).data)
    assert again.sample(6).data.shape[1:] == model.trained.shape and again.image_size == model.image_size
    assert (again.kind, again.classes, again.z_dim, again.numbers) == (
        model.kind,
        model.classes,
        model.z_dim,
        model.numbers,
    )
    assert again.recipe == model.recipe.played()


def test_the_card_and_the_picture_of_a_rectangle_have_its_sides(tmp_path):
    exportable("dcgan", size=(64, 32)).export(tmp_path / "out")
    assert "images of 64x32x1 from" in (tmp_path / "out" / "README.md").read_text()
    with Image.open(tmp_path / "out" / "samples.png") as picture:
        assert picture.height > 1.5 * picture.width


def test_an_exported_folder_is_exported_again_with_the_same_weights(tmp_path):
    exportable("cgan-pd", facts={"counts": tuple(range(10))}).export(tmp_path / "a", license="mit")
    load(tmp_path / "a", zoo=ZOO).export(tmp_path / "b")
    for file in ("model.safetensors", "config.json", "samples.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_tensors_that_share_memory_are_written_apart(tmp_path):
    model = exportable("dcgan")
    weights = list(model.generator.state_dict().values())
    model.export(tmp_path / "out")
    tensors = safetensors.torch.load_file(tmp_path / "out" / "model.safetensors")
    assert len(tensors) == len(weights)


def test_weights_that_were_changed_are_not_read(tmp_path):
    exportable("dcgan").export(tmp_path / "out")
    path = tmp_path / "out" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"is not the file that its config\.json names"):
        load(tmp_path / "out", zoo=ZOO)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 2}, "version 2, and this version of ganzoo reads version 1"),
        ({"z_dim": "many"}, "z_dim: must be an integer"),
        ({"z_dim": 3}, "latents of 3 numbers"),
        ({"built": ["D"]}, "built must name parts"),
        ({"files": {"../../evil.py": "x = 1"}}, "must have plain names"),
        ({"shape": {"channels": 1, "height": 16, "width": 16}}, "does not fit its config.json"),
        ({"counts": [1]}, "1 counts of its classes"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_in_one_sentence(changes, said, tmp_path):
    exportable("dcgan").export(tmp_path / "out")
    edit(tmp_path / "out", **changes)
    with pytest.raises(DataError, match=said) as caught:
        load(tmp_path / "out", zoo=ZOO)
    assert "\n" not in str(caught.value)


def test_a_generator_that_is_not_installed_is_named_with_its_package(tmp_path):
    exportable("dcgan").export(tmp_path / "out")
    edit(tmp_path / "out", generator={"name": "dcgan", "plugin": "evil", "distribution": "evilplug", "version": "1.0"})
    edit(tmp_path / "out", origins={"generator dcgan": "evilplug 1.0 (source 0123456789ab)"})
    with pytest.raises(SetupError, match=r"evilplug 1\.0 gave the generator 'dcgan' and is not installed"):
        load(tmp_path / "out", zoo=Zoo(Registry(), ()))


def test_a_generator_of_another_revision_is_refused(tmp_path):
    exportable("dcgan").export(tmp_path / "out")
    edit(tmp_path / "out", revisions={"generator dcgan": 7})
    with pytest.raises(SetupError, match="revision 7 of the generator 'dcgan'"):
        load(tmp_path / "out", zoo=ZOO)


def test_code_that_came_with_it_is_not_run(tmp_path, monkeypatch):
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    source = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    files = {"files": {"mine.py": source}, "origins": {"generator dcgan": "mine.py (source 0123456789ab)"}}
    exportable("dcgan", origin={**files, "plugins": ("mine.py",)}).export(tmp_path / "out")
    assert (tmp_path / "out" / "plugins" / "mine.py").read_text() == source
    with pytest.raises(SetupError, match="give it as --plugin"):
        load(tmp_path / "out", zoo=Zoo(Registry(), ()))
    assert not (tmp_path / "ran").exists()


def test_what_is_there_is_kept(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(GanzooError, match=r"there is a folder .*out already"):
        exportable("dcgan").export(tmp_path / "out")
    assert written(tmp_path) == ["out"] and written(tmp_path / "out") == []


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("ganzoo.models.exporting.folder.card", lambda *given, **how: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exportable("dcgan").export(tmp_path / "out")
    assert written(tmp_path) == []


def test_a_generator_of_unknown_origin_is_no_folder(tmp_path):
    model = exportable("dcgan")
    model.trained = dataclasses.replace(model.trained, provenance=None)
    with pytest.raises(GanzooError, match="parts that it was built of are not known"):
        model.export(tmp_path / "out")


def trained_by(folder):
    """The command of a card, and the recipe that it plays."""
    (line,) = [line for line in (folder / "README.md").read_text().splitlines() if line.startswith("ganzoo train")]
    words = shlex.split(line)
    overrides = [word for before, word in itertools.pairwise(words) if before == "-o"]
    return words[2], (lambda: resolve(REGISTRY, words[2], overrides))


@pytest.mark.parametrize(
    "overrides",
    [
        (),
        ("generator.width=6",),
        ("loss=hinge", "regularizers=[{name: r1, weight: 3.0e-3}]", "generator.z_dim=5"),
        ("g_optimizer={name: sgd, lr: {shape: cosine, start: 1.0e-3, end: 1.0e-5, over: 2}}", "schedule.ema=0.0"),
    ],
)
def test_the_command_of_a_card_plays_the_recipe_again(overrides, tmp_path):
    """Recipes changed by -o, whose name does not tell it."""
    model = exportable("cgan-pd", *overrides)
    model.export(tmp_path / "out")
    name, again = trained_by(tmp_path / "out")
    assert name == "cgan-pd" and again().played() == model.recipe.played()


def test_a_recipe_that_no_name_leads_to_is_said_to_lie_in_the_configuration(tmp_path):
    model = exportable("cgan-pd")
    mine = model.recipe.model_copy(update={"name": "mine"})
    Model(dataclasses.replace(model.trained, recipe=mine)).export(tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    assert trained_by(tmp_path / "out")[0] == "recipe.yaml"
    assert "under recipe in config.json; write it to recipe.yaml" in text
    assert load_recipe(write_recipe(tmp_path)).played() == mine.played()


def write_recipe(folder):
    """Do as the card says."""
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(json.loads((folder / "out" / "config.json").read_text())["recipe"]))
    return path


def test_the_card_has_the_numbers_and_the_commands(tmp_path):
    exportable("cgan-pd").export(tmp_path / "mine", license="cc0-1.0")
    text = (tmp_path / "mine" / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["library_name"] == "ganzoo" and front["license"] == "cc0-1.0" and "cgan-pd" in front["tags"]
    for part in (
        "| fid | 12.5 | 0.25 |",
        "n: 500 generated samples",
        "extractor: digits",
        "ab" * 32,
        " --seed 0 --budget 7kimg",
        "ganzoo sample mine --out samples.png",
        'ganzoo.load("mine")',
        "![samples](samples.png)",
        "10 classes",
    ):
        assert part in text


def test_the_card_has_the_options_by_which_the_run_had_its_images(tmp_path):
    words = ("--size", "64x32", "--crop", "none", "--skip-bad")
    exportable("cgan-pd", origin={"data_asked": "my photos", "data_options": words}).export(tmp_path / "out")
    assert " --data 'my photos' --size 64x32 --crop none --skip-bad " in (tmp_path / "out" / "README.md").read_text()
    load(tmp_path / "out", zoo=ZOO).export(tmp_path / "again")
    assert " --size 64x32 --crop none --skip-bad " in (tmp_path / "again" / "README.md").read_text()


def test_hostile_names_show_as_they_stand_on_the_card(tmp_path):
    evil = "a|b](javascript:x) <script>\n# title\n```\x1b[2J"
    facts = {"data": evil, "classes": (evil, *"123456789")}
    exportable("cgan-pd", facts=facts, origin={"data_asked": evil}).export(tmp_path / "out", license="x\ny: [")
    text = (tmp_path / "out" / "README.md").read_text()
    assert "<script>" not in text.partition("```sh")[0] and "\x1b" not in text and "\n# title" not in text
    assert "license" not in yaml.safe_load(text.split("---\n")[1])
    fences = [line for line in text.splitlines() if line.startswith("```")]
    assert len(fences) % 2 == 0 and sum(line.startswith("````") for line in fences) == 2


@pytest.mark.parametrize("name", shipped())
def test_a_generator_that_ships_is_found_by_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = load(name, zoo=ZOO)
    samples = model.sample(4)
    assert len(samples) == 4 and samples.data.float().std() > 0
    assert model.numbers is not None and model.numbers.samples
    card = (tmp_path / model.trained.source / "README.md").read_text()
    assert "ganzoo train" in card and f'ganzoo.load("{name}")' in card


@pytest.mark.parametrize("name", shipped())
def test_the_command_of_a_shipped_card_plays_its_recipe(name):
    named, again = trained_by(Path(load(name, zoo=ZOO).trained.source))
    assert again().played() == load(name, zoo=ZOO).recipe and named in name


def test_three_ship():
    assert len(shipped()) == 3


def test_the_points_that_ship_lie_on_their_ring():
    """Counted by hand: within 3 standard deviations of 0.01 from the eight corners, all of which are reached."""
    points = load("ring-ns-gan", zoo=ZOO).sample(2_500, seed=1).data[:, :, 0, 0].double()
    angles = torch.arange(8).double() * math.pi / 4
    far = torch.cdist(points, torch.stack([angles.cos(), angles.sin()], dim=1))
    near = far.min(1).values < 0.03
    assert near.double().mean() > 0.9
    assert set(far.argmin(1)[near].tolist()) == set(range(8))


def test_a_name_that_does_not_ship_has_a_near_one():
    with pytest.raises(GanzooError, match="did you mean 'digits-dcgan'"):
        load("digits-dgan")


@pytest.mark.parametrize("module", ["lurking_here", "this"])
def test_a_module_that_a_folder_names_is_imported_only_where_this_user_asked_for_it(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "lurking_here.py").write_text("class Made: pass\n")
    exportable("dcgan").export(tmp_path / "out")
    recipe = json.loads((tmp_path / "out" / "config.json").read_text())["recipe"]
    edit(tmp_path / "out", recipe={**recipe, "generator": f"{module}:Made"})
    with pytest.raises(SetupError, match=f"{module} is of no installed package.*`import {module}` before ganzoo.load"):
        load("out", zoo=ZOO)
    assert module not in sys.modules


def test_a_module_that_was_imported_before_is_one_that_a_folder_may_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    made = type(exportable("dcgan").generator)
    (tmp_path / "asked_for.py").write_text(f"from {made.__module__} import {made.__name__} as Made\n")
    exportable("dcgan").export(tmp_path / "out")
    recipe = json.loads((tmp_path / "out" / "config.json").read_text())["recipe"]
    edit(tmp_path / "out", recipe={**recipe, "generator": {**recipe["generator"], "name": "asked_for:Made"}})
    importlib.import_module("asked_for")
    try:
        assert torch.equal(load("out", zoo=ZOO).sample(2).data, exportable("dcgan").sample(2).data)
    finally:
        del sys.modules["asked_for"]
