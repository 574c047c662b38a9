"""Standard errors over the generated samples, by random halves of them."""

import itertools

import pytest
import tiny_extractor
import torch
from ganzoo_plugins.fidelity.coverage import Coverage
from ganzoo_plugins.fidelity.kernel import KernelDistance, _of_parts
from ganzoo_plugins.fidelity.manifold import Density, Precision
from tiny_extractor import drawing, images, weights_at

from ganzoo.interfaces import Metric
from ganzoo.metrics import Evaluator
from ganzoo.metrics.halves import random_halves, standard_error
from ganzoo.registry.registry import Entry
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

NAMES = ["mean", "fid", "is", "kid", "precision", "recall", "density", "coverage", "fid-infinity"]


class Spoken(Metric):
    """Says what is to be known, and its own spread."""

    def label(self, extractor):
        return f"spoken[{extractor}]"

    def summarise(self, seen):
        return {"n": torch.tensor([len(seen["features"])])}

    def compare(self, fake, real):
        return 1.0

    def states(self, n_fake, n_real):
        return f"{n_fake} beside {n_real}"

    def spread(self, fake, real, halves):
        return float(len(halves))


@pytest.fixture
def open_judge(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", weights_at(tmp_path / "tiny.safetensors"))
    registry = tiny_extractor.registry()
    registry.add([Entry("metric", "spoken", f"{__name__}:Spoken", "tiny_extractor", "1")])
    return lambda names: Evaluator.open(registry, "tiny", names, cache=Cache(tmp_path / "cache"))


def features_of(pixels):
    with torch.no_grad():
        return tiny_extractor.Network()(pixels)[0]


def test_over_all_halves_it_is_the_standard_error_of_a_mean_exactly():
    # Of 8 numbers there are 70 halves; their variance about the mean is that of the mean of all, divided as s^2 / n.
    numbers = torch.tensor([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0, -6.0], dtype=torch.float64)
    means = [float(numbers[list(half)].mean()) for half in itertools.combinations(range(8), 4)]
    found = standard_error(means, 8) * (69 / 70) ** 0.5  # all of them, and not a sample of them
    assert found == pytest.approx(float(numbers.std() / 8**0.5), rel=1e-12)
    odd = [float(numbers[:7][list(half)].mean()) for half in itertools.combinations(range(7), 3)]
    assert standard_error(odd, 7) * (34 / 35) ** 0.5 == pytest.approx(float(numbers[:7].std() / 7**0.5), rel=1e-12)


def test_halves_are_drawn_without_replacement_and_the_same_every_time():
    halves = random_halves(31, 4)
    assert [len(half) for half in halves] == [15] * 4
    assert all(len(half.unique()) == 15 and half.min() >= 0 and half.max() < 31 for half in halves)
    assert len({tuple(half.tolist()) for half in halves}) == 4
    assert all(torch.equal(one, other) for one, other in zip(halves, random_halves(31, 4), strict=True))
    assert random_halves(31, 0) == []
    with pytest.raises(ValueError, match="2 or more halves, or none at all, not 1"):
        random_halves(31, 1)


def test_spreads_of_a_judged_set_are_those_of_its_halves(open_judge):
    evaluator = open_judge(NAMES)
    real, fake = images(50, seed=2), images(60, seed=1)
    reference = evaluator.reference(real, "real")
    spreads = {}
    numbers = evaluator.score(drawing(fake), 60, reference, batch=25, spreads=spreads, replicates=12)
    assert numbers == evaluator.score(drawing(fake), 60, reference, batch=25)
    assert list(spreads) == NAMES

    seen = {"features": features_of(fake), "logits": 3 * features_of(fake) @ tiny_extractor.Network().head}
    for name in ("mean", "fid", "is", "recall", "fid-infinity"):
        metric = evaluator.metrics[name]
        values = []
        for half in random_halves(60, 12):
            part = metric.summarise({key: seen[key][half] for key in metric.reads})
            values.append(metric.compare(part, reference.measured[name].summary))
        assert spreads[name] == pytest.approx(standard_error(values, 60), rel=1e-5), name
        assert spreads[name] > 0, name


def test_asking_for_spreads_shows_the_extractor_no_image_twice(open_judge):
    evaluator = open_judge(NAMES)
    reference = evaluator.reference(images(50, seed=2), "real")
    tiny_extractor.SEEN.clear()
    evaluator.score(drawing(images(60, seed=1)), 60, reference, batch=25, spreads={}, replicates=3)
    assert tiny_extractor.SEEN == [25, 25, 10]


def test_no_spreads_without_replicates(open_judge):
    evaluator = open_judge(["mean", "spoken"])
    reference = evaluator.reference(images(50, seed=2), "real")
    spreads = {}
    evaluator.score(drawing(images(60, seed=1)), 60, reference, spreads=spreads)
    assert spreads == {}
    evaluator.score(drawing(images(60, seed=1)), 60, reference, spreads=spreads, replicates=7)
    assert spreads["spoken"] == 7.0


def test_a_metric_that_needs_more_than_half_of_the_images_has_none(open_judge):
    evaluator = open_judge(["is", "mean", "density"])
    reference = evaluator.reference(images(50, seed=2), "real")
    spreads = {}
    numbers = evaluator.score(drawing(images(30, seed=1)), 30, reference, spreads=spreads, replicates=4)
    assert set(numbers) == {"is", "mean", "density"}
    assert set(spreads) == {"mean", "density"}


@pytest.mark.parametrize("metric", [Precision, Density])
def test_shares_of_images_have_the_standard_error_of_a_mean(metric):
    rng = torch.Generator().manual_seed(1)
    fake, real = ({"features": torch.randn(n, 5, generator=rng)} for n in (200, 150))
    each = torch.tensor([metric().compare({"features": fake["features"]}, real)])
    halves = random_halves(200, 400)
    values = metric()._values(fake, real)
    assert float(values.mean()) == pytest.approx(float(each), rel=1e-6)
    by_halves = standard_error([float(values[half].mean()) for half in halves], 200)
    assert metric().spread(fake, real, halves) == pytest.approx(by_halves, rel=0.15)


def test_coverage_of_all_halves_at_once_is_that_of_each():
    rng = torch.Generator().manual_seed(1)
    fake, real = ({"features": torch.randn(n, 5, generator=rng)} for n in (81, 150))
    halves = random_halves(81, 6)
    values = [Coverage().compare({"features": fake["features"][half]}, real) for half in halves]
    assert Coverage().spread(fake, real, halves) == pytest.approx(standard_error(values, 81), rel=1e-9)


def test_the_kernel_distance_of_parts_is_the_estimate_from_all_their_pairs():
    rng = torch.Generator().manual_seed(1)
    fake, real = torch.randn(600, 4, generator=rng).double(), torch.randn(30, 4, generator=rng).double() + 0.2
    parts = torch.zeros(2, 600, dtype=torch.float64)
    parts[0, ::2] = parts[1, 100:590] = 1

    def kernel(one, other):
        return (one @ other.T / 4 + 1) ** 3

    def plain(rows):
        n = len(rows)
        pairs = kernel(rows, rows)
        return float((pairs.sum() - pairs.diagonal().sum()) / (n * (n - 1)) - 2 * kernel(rows, real).mean())

    found = _of_parts(fake, real, parts)
    assert found.tolist() == pytest.approx([plain(fake[part > 0]) for part in parts], rel=1e-9)


def test_a_kernel_distance_of_few_pairs_strays_by_the_drawing_of_subsets_too():
    rng = torch.Generator().manual_seed(1)
    fake, real = ({"features": torch.randn(300, 4, generator=rng)} for _ in range(2))
    few, all_of_them = KernelDistance(), KernelDistance()
    few.max_subset_size, few.subsets = 20, 5
    halves = random_halves(300, 10)
    assert few.spread(fake, real, halves) > 2 * all_of_them.spread(fake, real, halves) > 0


def test_the_judge_says_the_same_of_several_metrics_once(open_judge):
    evaluator = open_judge(["kid", "precision", "mean", "spoken", "recall", "coverage"])
    assert evaluator.states(2000, 898) == [
        "KID[tiny]: mean over 100 subsets of 898 images",
        "precision[tiny], recall[tiny]: neighbourhoods of k = 3",
        "spoken[tiny]: 2000 beside 898",
        "coverage[tiny]: neighbourhoods of k = 5",
    ]
    assert open_judge(["mean"]).states(100, 100) == []
