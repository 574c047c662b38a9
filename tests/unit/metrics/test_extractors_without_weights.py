"""Extractors that have no weights: raw pixels."""

import pytest
import tiny_extractor
import torch

from ganzoo.errors import MetricError, PluginError, SetupError
from ganzoo.interfaces import Extractor, File
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.storage.weights import find
from ganzoo.testing import assert_conforms


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def test_pixels_conform(registry):
    assert_conforms(registry, "extractor", "pixels")


def test_cells_are_means(registry):
    """An 16x16 image of cells whose 2x2 pixels are c, c, c + 2, c + 2 has the features (c + 1) / 255."""
    cells = torch.arange(64).view(1, 1, 8, 8)
    images = cells.repeat_interleave(2, 2).repeat_interleave(2, 3) + torch.tensor([0, 2]).repeat(8)
    seen = registry.get("extractor", "pixels").load()()(images.to(torch.uint8))
    assert seen.keys() == {"features"}
    assert torch.allclose(seen["features"].view(3, 64), (torch.arange(64) + 1.0).expand(3, 64) / 255)


def test_a_number_is_taken_and_names_no_weights(registry, tmp_path):
    """Two sets of one grey level each: the squared distance of means alone, 192 x (51 / 255)^2 = 7.68."""
    evaluator = Evaluator.open(registry, "pixels", ["fid"], cache=Cache(tmp_path))
    assert (evaluator.title, evaluator.identity["weights"], evaluator.identity["sha256"]) == ("pixels", None, None)
    flat = [torch.full((20, 1, 8, 8), level, dtype=torch.uint8) for level in (51, 102)]
    reference = evaluator.reference(flat[0], "flat")
    assert evaluator.score(tiny_extractor.drawing(flat[1]), 20, reference)["fid"] == pytest.approx(7.68, rel=1e-5)


def test_a_metric_of_classes_and_given_weights_are_refused(registry, tmp_path):
    with pytest.raises(MetricError, match=r"metric .is. reads logits.*the extractor pixels says `classifies = False`"):
        Evaluator.open(registry, "pixels", ["is"], cache=Cache(tmp_path))
    with pytest.raises(SetupError, match="the extractor pixels has no weights; leave --extractor-weights out"):
        Evaluator.open(registry, "pixels", ["fid"], weights=tmp_path / "w.pth", cache=Cache(tmp_path))


@pytest.mark.parametrize(
    ("weights", "path", "why"),
    [
        (File("w.pth"), None, "names the weights w.pth, and its weights_path gives no path"),
        (None, "w.pth", "gives 'w.pth', and must give a pathlib.Path, or None"),
    ],
)
def test_an_extractor_that_says_wrongly_where_they_are_is_named(tmp_path, weights, path, why):
    kind = type("Odd", (Extractor,), {"weights": weights, "weights_path": classmethod(lambda cls, given: path)})
    with pytest.raises(PluginError, match=why):
        find("odd", kind, None, Cache(tmp_path))
