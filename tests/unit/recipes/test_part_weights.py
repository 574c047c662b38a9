"""Parts that are built around published weights: found, checked, and refused before training."""

import hashlib
import sys
import types
from pathlib import Path

import pytest
import torch
from tiny_recipes import REGISTRY
from torch import nn

from ganzoo.api.catalogue import _part_info
from ganzoo.bench.execution.executing import what_is_read
from ganzoo.cli.part_source import classes_in, parameters_of
from ganzoo.errors import PluginError, RecipeError, SetupError
from ganzoo.interfaces import Discriminator, File, Regularizer
from ganzoo.recipes.building.build import build_parts, check_recipe
from ganzoo.recipes.building.part_weights import sent
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.registry import KINDS, Entry, Registry
from ganzoo.storage.cache import Cache
from ganzoo.storage.download import DOWNLOADS
from ganzoo.testing.fixtures.usage import parameters_of as needed

CONTENT = b"three numbers"
FILE = File("frozen.bin", url="https://example.org/frozen.bin", sha256=hashlib.sha256(CONTENT).hexdigest())


class Frozen(Discriminator):
    """Scales its verdict by how many bytes its weights have.

    Args:
        width: of nothing.
    """

    weights = FILE

    def __init__(self, *, image_size, channels, num_classes, weights, width=3):
        super().__init__()
        self.read = weights.read_bytes()
        self.scale = nn.Parameter(torch.tensor(float(len(self.read))))

    def forward(self, x, y=None):
        return {"logits": self.scale * x.flatten(1).mean(1)}


class Holding(Regularizer):
    """Holds what it read."""

    weights = FILE

    def __init__(self, weight=1.0, weights=None):
        super().__init__(weight)
        self.read = weights


class Own(Regularizer):
    """Its weights have no digest."""

    weights = File("own.bin")

    def __init__(self, weights=None):
        super().__init__()


class Weighs(Regularizer):
    """Its parameter is only called so."""

    def __init__(self, weights=2.0):
        super().__init__()
        self.held = weights


SPEC = "ns-gan:discriminator=frozen:generator.width=8"


@pytest.fixture
def registry(monkeypatch):
    module = types.ModuleType("weighted_parts")
    parts = {"discriminator": [Frozen], "regularizer": [Holding, Own, Weighs]}
    for cls in (cls for classes in parts.values() for cls in classes):
        setattr(module, cls.__name__, cls)
    monkeypatch.setitem(sys.modules, "weighted_parts", module)
    whole = Registry()
    whole.add([entry for kind in KINDS for entry in REGISTRY.all(kind)])
    whole.add(
        [
            Entry(kind, cls.__name__.lower(), f"weighted_parts:{cls.__name__}", "stranger")
            for kind, classes in parts.items()
            for cls in classes
        ]
    )
    return whole


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """An empty cache and an empty folder of torch's, and no network."""
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))

    def absent(file, folder, *, instead):
        raise SetupError(f"cannot download {file.name}: {instead}")

    monkeypatch.setattr("ganzoo.storage.download.fetch", absent)
    return tmp_path


def built(registry, spec=SPEC):
    return build_parts(resolve(registry, spec), registry, image_size=8, channels=1, num_classes=0, seed=0)


def put(folder, content=CONTENT):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE.name).write_bytes(content)
    return folder / FILE.name


@pytest.mark.parametrize("place", ["hub/checkpoints", f"cache/{DOWNLOADS}/discriminator-frozen"])
def test_a_part_is_given_the_path_of_its_file(registry, folders, place):
    put(folders / place)
    assert built(registry).D.read == CONTENT


def test_the_file_is_fetched_into_the_cache_by_the_name_of_the_part(registry, folders, monkeypatch):
    asked = []

    def fetch(file, folder, *, instead):
        asked.append((file, folder))
        return put(folder)

    monkeypatch.setattr("ganzoo.storage.download.fetch", fetch)
    assert built(registry).D.read == CONTENT
    assert asked == [(FILE, folders / "cache" / DOWNLOADS / "discriminator-frozen")]


def test_a_missing_file_is_one_sentence_before_training(registry, folders):
    check_recipe(resolve(registry, SPEC), registry)
    with pytest.raises(SetupError) as caught:
        built(registry)
    path = folders / "hub" / "checkpoints" / "frozen.bin"
    assert str(caught.value) == f"cannot download frozen.bin: put it at {path} for the discriminator frozen"


def test_another_file_of_the_name_is_refused(registry, folders):
    path = put(folders / "hub" / "checkpoints", b"other numbers")
    with pytest.raises(SetupError, match=f"{path} is damaged, .* it is not frozen.bin as published"):
        built(registry)


def test_terms_have_weights_as_players_have(registry, folders):
    path = put(folders / "hub" / "checkpoints")
    parts = built(registry, "ns-gan:regularizers=[holding]:generator.width=8:discriminator.width=8")
    assert parts.regularizers[0].read == path


def test_a_recipe_cannot_give_them(registry):
    with pytest.raises(RecipeError, match="discriminator 'frozen' takes no parameter 'weights'"):
        check_recipe(resolve(registry, "ns-gan:discriminator={name: frozen, weights: mine.bin}"), registry)


def test_a_file_without_a_digest_is_refused(registry):
    with pytest.raises(PluginError, match=r"regularizer 'own' declares the weights 'own.bin' without a sha256"):
        built(registry, "ns-gan:regularizers=[own]:generator.width=8:discriminator.width=8")


def test_a_parameter_that_is_only_called_so_is_the_recipes(registry):
    spec = "ns-gan:regularizers=[{name: weighs, weights: 5.0}]:generator.width=8:discriminator.width=8"
    assert built(registry, spec).regularizers[0].held == 5.0


def test_its_own_place_is_looked_at(registry, folders, monkeypatch):
    path = put(folders / "shipped")
    monkeypatch.setattr(Frozen, "weights_path", classmethod(lambda cls, given: path), raising=False)
    assert built(registry).D.read == CONTENT


def test_the_keyword_is_none_of_its_parameters(registry, folders, monkeypatch):
    assert needed(registry, "discriminator", "frozen") == {}
    entry = registry.get("discriminator", "frozen")
    assert list(_part_info(entry).parameters) == ["width"]
    monkeypatch.setattr("ganzoo.cli.part_source._classes", lambda entry: classes_in(Path(__file__), "Frozen"))
    assert [one.name for one in parameters_of(entry)] == ["width"]


def test_runs_elsewhere_are_sent_the_file(registry, folders):
    path = put(folders / "hub" / "checkpoints")
    place = f"{DOWNLOADS}/discriminator-frozen/frozen.bin"
    assert sent("discriminator", "frozen", Frozen) == {place: path}
    images = types.SimpleNamespace(place="images", hash="ab", folder=folders, held_out=None)
    files = what_is_read(registry, images, None, None, None, Cache.open(), [resolve(registry, SPEC)])
    assert files == {"images/ab": folders, place: path}
