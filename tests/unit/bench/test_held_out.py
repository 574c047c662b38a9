"""What held-out images score, and how a bench comes to know them."""

from dataclasses import replace

import pytest
from small_benches import request
from tiny_extractor import SEEN, TinyExtractor, drawing, registry, weights_at
from tiny_extractor import images as pictures

from ganzoo import data
from ganzoo.bench.held_out import held_out_floor
from ganzoo.bench.plan import prepare
from ganzoo.data import DataSet, packed
from ganzoo.interfaces.data import Images
from ganzoo.metrics import Evaluator
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def evaluator(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(TinyExtractor, "shipped", weights_at(tmp_path / "net.safetensors"))
    return lambda *metrics: Evaluator.open(registry(), "tiny", metrics, cache=cache)


@pytest.fixture
def images(cache):
    """Sets of training images with so many held out."""

    def pack(name, pixels):
        read = lambda: packed.Decoded(Images(pixels.numpy()))  # noqa: E731
        return packed.pack(packed.Source(name, "tiny", name, None, read), cache)

    def make(held_out=20, seed=1):
        trained = pack("trained", pictures(40))
        return replace(trained, held_out=pack("held-out", pictures(held_out, seed=seed)))

    return make


def test_the_numbers_are_those_of_the_held_out_images_against_the_training_images(evaluator, images, cache):
    seen_by, sets = evaluator("mean", "fid"), images()
    reference = seen_by.reference(data.load_images(sets)[0], sets.hash)
    found = held_out_floor(seen_by, reference, sets, cache)
    assert found == seen_by.score(drawing(pictures(20, seed=1)), 20, reference)
    assert list(found) == ["mean", "fid"] and found["fid"] > 0
    rows = (
        TinyExtractor()(pictures(20, seed=1))["features"].double(),
        TinyExtractor()(pictures(40))["features"].double(),
    )
    assert found["mean"] == pytest.approx(float(rows[0].mean(0)[0] - rows[1].mean(0)[0]), abs=1e-6)


def test_nothing_is_seen_twice(evaluator, images, cache):
    sets = images()
    first = evaluator("mean")
    reference = evaluator("mean", "fid").reference(data.load_images(sets)[0], sets.hash)
    found = held_out_floor(first, reference, sets, cache)
    SEEN.clear()
    assert held_out_floor(evaluator("mean"), reference, sets, cache) == found and not SEEN
    both = held_out_floor(evaluator("mean", "fid"), reference, sets, cache)  # only the new one's are looked at
    assert SEEN == [20] and both["mean"] == found["mean"] and len(both) == 2
    SEEN.clear()
    assert held_out_floor(evaluator("mean"), reference, images(seed=2), cache) != found and SEEN == [20]


def test_a_damaged_number_is_taken_again(evaluator, images, cache):
    sets, seen_by = images(), evaluator("mean")
    reference = seen_by.reference(data.load_images(sets)[0], sets.hash)
    found = held_out_floor(seen_by, reference, sets, cache)
    (path,) = (cache.root / "held-out").glob("*/numbers.json")
    path.write_text("[")
    assert held_out_floor(seen_by, reference, sets, cache) == found
    assert path.read_text() == f"[{found['mean']}]"


def test_a_metric_that_needs_more_images_is_left_out(evaluator, images, cache):
    sets, seen_by = images(held_out=3), evaluator("mean", "fid")
    reference = seen_by.reference(data.load_images(sets)[0], sets.hash)
    found = held_out_floor(seen_by, reference, sets, cache)
    assert list(found) == ["fid"]
    SEEN.clear()
    assert held_out_floor(seen_by, reference, sets, cache) == found and not SEEN


def test_without_held_out_images_there_is_no_floor(evaluator, images, cache):
    sets, seen_by = replace(images(), held_out=None), evaluator("mean")
    reference = seen_by.reference(data.load_images(sets)[0], sets.hash)
    assert held_out_floor(seen_by, reference, sets, cache) == {}


def plan(cache, **changes):
    return prepare(request(extractor=None, **changes), load_zoo(third_party=False), cache)


def test_a_plan_holds_the_asked_for_share_out(cache):
    found, whole = plan(cache, hold_out=0.2), plan(cache)
    assert found.images.name == "digits-minus-0.2" and found.images.held_out.n == 359
    assert list(found.held_out_floor) == ["fid", "is"] and whole.held_out_floor == {}
    assert 0 < found.held_out_floor["fid"] < 5 and found.held_out_floor["is"] > 8
    (spec,), (other,) = found.specs, whole.specs
    assert spec.source["hold_out"] == 0.2 and other.source["hold_out"] is None
    assert DataSet.from_json(spec.images) == found.images and spec.key != other.key
    assert DataSet.from_json(other.images).held_out is None
