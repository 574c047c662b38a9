"""Metrics that take in their images batch by batch, beside metrics that want the table of all of them."""

import pytest
import tiny_extractor
import torch
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.inception_score import InceptionScore
from ganzoo_plugins.fidelity.kernel import KernelDistance
from tiny_extractor import drawing, images, weights_at

from ganzoo import seeds
from ganzoo.errors import MetricError, PluginError
from ganzoo.interfaces import Metric
from ganzoo.interfaces.metrics import Gatherer
from ganzoo.metrics import Evaluator
from ganzoo.metrics.gathering import Gathering
from ganzoo.registry.registry import Entry
from ganzoo.storage.cache import Cache
from ganzoo.testing import check_entry
from ganzoo.training.execution.host_sync import watched

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user

STREAMING = {"fid": FrechetDistance, "is": InceptionScore}


class Sum(Gatherer):
    def __init__(self, n):
        self.n, self.total, self.sizes = n, 0, []

    def add(self, seen, places):
        self.sizes.append(len(places))
        self.total = self.total + (seen["features"] * (1 + places[:, None])).sum(0)

    def summary(self):
        return {"total": self.total / self.n}


class Gathered(Metric):
    """The norm of the difference of sums in which each image has the weight of its place."""

    def label(self, extractor):
        return "gathered"

    def gather(self, n):
        return Sum(n)

    def summarise(self, seen):
        weight = 1 + torch.arange(len(seen["features"]))[:, None]
        return {"total": (seen["features"] * weight).sum(0) / len(weight)}

    def compare(self, fake, real):
        return float((fake["total"] - real["total"]).norm())


class LastOnly(Sum):
    def add(self, seen, places):
        self.total = 0
        super().add(seen, places)


class Forgetful(Gathered):
    def gather(self, n):
        return LastOnly(n)


class Counting(Sum):
    def add(self, seen, places):
        places = len(self.sizes) + torch.arange(len(places))
        super().add(seen, places)


class Placeless(Gathered):
    def gather(self, n):
        return Counting(n)


class Listing(Gathered):
    def gather(self, n):
        return [n]


class Nameless(Sum):
    def summary(self):
        return self.total


class Unnamed(Gathered):
    def gather(self, n):
        return Nameless(n)


def seen_of(n, seed, features=16):
    rng = torch.Generator().manual_seed(seed)
    return {"features": torch.randn(n, features, generator=rng), "logits": 2 * torch.randn(n, 10, generator=rng)}


def same(found, wanted, rel=1e-9):
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        scale = float(values.double().abs().max())
        torch.testing.assert_close(found[key], values, rtol=0, atol=rel * scale, equal_nan=True)


# -- the metrics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STREAMING)
@pytest.mark.parametrize("sizes", [(60,), (1, 59), (13, 13, 13, 13, 8)], ids=str)
def test_a_set_in_batches_has_the_summary_of_its_table(name, sizes):
    seen = seen_of(60, 1)
    metric = STREAMING[name]()
    gatherer = metric.gather(60)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(0))
    for places in order.split(sizes):
        gatherer.add({key: seen[key][places] for key in metric.reads}, places)
    same(gatherer.summary(), metric.summarise({key: seen[key] for key in metric.reads}))


@pytest.mark.parametrize(("n", "features"), [(16, 16), (9, 16), (17, 16)])
def test_about_as_many_images_as_features_in_any_cut(n, features):
    metric = FrechetDistance()
    fake, real = seen_of(n, 1, features), seen_of(40, 2, features)
    gatherer = metric.gather(n)
    for places in torch.arange(n).split(4):
        gatherer.add({"features": fake["features"][places]}, places)
    summary = gatherer.summary()
    assert summary["factor"].shape == (features, min(n, features))
    wanted = metric.compare(metric.summarise(fake), metric.summarise(real))
    assert metric.compare(summary, metric.summarise(real)) == pytest.approx(wanted, rel=1e-9)


def test_no_more_rows_are_kept_than_there_are_features():
    gatherer = FrechetDistance().gather(17)
    gatherer.add({"features": torch.randn(10, 16)}, torch.arange(10))
    assert gatherer._rows == []


@pytest.mark.parametrize("name", STREAMING)
def test_taking_in_a_batch_never_waits_for_the_device(name):
    seen, metric = seen_of(60, 1), STREAMING[name]()
    gatherer = metric.gather(60)
    with watched({}) as offences:
        for places in torch.arange(60).split(20):
            gatherer.add({key: seen[key][places] for key in metric.reads}, places)
    assert offences == []


# -- the judge's part ------------------------------------------------------------------------------------------------


def gathering(metrics, n, **given):
    return Gathering(metrics, n, extractor="tried", **given)


def feed(into, seen, sizes):
    n = len(seen["features"])
    for places in torch.arange(n).split(sizes):
        into.add({key: rows[places] for key, rows in seen.items()})
    into.check()


def test_parts_are_summarised_in_their_own_order():
    order = torch.randperm(31, generator=torch.Generator().manual_seed(3))
    parts = order[:15], order[15:30]
    metrics = {"gathered": Gathered(), "is": InceptionScore(), "fid": FrechetDistance(), "kid": KernelDistance()}
    metrics["is"].splits = 3
    seen = seen_of(31, 4)
    found = gathering(metrics, 31, parts=parts)
    feed(found, seen, 7)
    for name, metric in metrics.items():
        read = {key: seen[key] for key in metric.reads}
        same(found.summary(name), metric.summarise(read), rel=1e-6)
        for i, part in enumerate(parts):
            same(found.part(name, i), metric.summarise({key: rows[part] for key, rows in read.items()}), rel=1e-6)


def test_there_is_a_table_only_of_what_is_asked_for():
    assert gathering({"fid": FrechetDistance(), "is": InceptionScore()}, 50)._tables.keys() == set()
    assert gathering({"fid": FrechetDistance(), "kid": KernelDistance()}, 50)._tables.keys() == {"features"}


def test_metrics_that_want_the_table_share_it():
    metrics = {"kid": KernelDistance(), "other": KernelDistance()}
    found = gathering(metrics, 50)
    feed(found, seen_of(50, 1), 20)
    assert found.summary("kid")["features"].data_ptr() == found.summary("other")["features"].data_ptr()
    assert torch.equal(found.summary("kid")["features"], seen_of(50, 1)["features"])


def test_the_judge_itself_never_waits_for_the_device_before_the_end():
    order = torch.randperm(60, generator=torch.Generator().manual_seed(3))
    found = gathering({"fid": FrechetDistance(), "is": InceptionScore()}, 60, parts=(order[:30], order[30:]))
    seen = seen_of(60, 1)
    with watched({}) as offences:
        for places in torch.arange(60).split(20):
            found.add({key: rows[places] for key, rows in seen.items()})
    # The places of a part are looked up on the CPU, where they are known.
    assert [clause for clause in offences if "nonzero" not in clause] == []
    assert len(offences) <= 1
    found.check()


def test_values_that_are_not_finite_are_counted_over_all_batches():
    seen = seen_of(30, 1)
    seen["features"][[3, 17, 18]] = torch.tensor(float("inf"))
    seen["features"][18, 2] = float("nan")
    with pytest.raises(MetricError, match="tried gives NaN or infinite features for 3 of 30 images"):
        feed(gathering({"fid": FrechetDistance()}, 30), seen, 10)


def test_only_what_is_missing_is_asked_of_the_extractor():
    with pytest.raises(PluginError, match="tried gives no logits, only features"):
        gathering({"is": InceptionScore()}, 4).add({"features": torch.zeros(4, 2)})
    gathering({"fid": FrechetDistance()}, 4).add({"features": torch.zeros(4, 2)})


@pytest.fixture
def evaluator(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", weights_at(tmp_path / "tiny.safetensors"))
    registry = tiny_extractor.registry()
    registry.add([Entry("metric", "gathered", f"{__name__}:Gathered", "tiny_extractor", "1")])
    return Evaluator.open(registry, "tiny", ["mean", "gathered", "fid", "is", "kid"], cache=Cache(tmp_path / "cache"))


def test_all_metrics_come_from_one_pass_whatever_they_keep(evaluator):
    tiny_extractor.SEEN.clear()
    real, fake = images(50, seed=2), images(60, seed=1)
    reference = evaluator.reference(real, "real", batch=20)
    found = evaluator.score(drawing(fake), 60, reference, batch=25)
    assert tiny_extractor.SEEN == [20, 20, 10, 25, 25, 10]
    with torch.no_grad():
        on_fake, on_real = ({"features": f, "logits": g} for f, g in map(tiny_extractor.Network(), (fake, real)))
    order = torch.randperm(50, generator=torch.Generator().manual_seed(seeds.stream(0, "evaluation")))
    for name, metric in evaluator.metrics.items():
        want = metric.compare(metric.summarise(on_fake), metric.summarise(on_real))
        assert found[name] == pytest.approx(want, rel=1e-6), name
        halves = [
            metric.summarise({key: rows[cut] for key, rows in on_real.items()}) for cut in (order[:25], order[25:])
        ]
        assert reference.floor[name] == pytest.approx(metric.compare(*halves), rel=1e-6), name


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_a_cpu(evaluator, tmp_path):
    on_gpu = Evaluator.open(
        tiny_extractor.registry(), "tiny", ["fid", "is", "kid"], device="cuda", cache=Cache(tmp_path)
    )
    real, fake = images(50, seed=2), images(60, seed=1)
    found, wanted = (
        each.score(drawing(fake.to(each.device)), 60, each.reference(real, "real", batch=20), batch=25)
        for each in (on_gpu, evaluator)
    )
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], rel=1e-5), name


# -- the conformance suite -------------------------------------------------------------------------------------------


def findings(target):
    registry = tiny_extractor.registry()
    registry.add([Entry("metric", "tried", f"{__name__}:{target}", "pretend", "1")])
    return {finding.check: finding for finding in check_entry(registry, registry.get("metric", "tried"))}


def test_a_sound_gatherer_passes():
    found = findings("Gathered")
    assert [finding for finding in found.values() if not finding.ok] == []
    assert "gathering" in found


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("Forgetful", "in order in batches of 1, 255"),
        ("Placeless", "gathered out of order in batches of 256"),
        ("Listing", "gives a list, and must give a Gatherer"),
        ("Unnamed", "no dict of named tensors"),
    ],
)
def test_a_broken_gatherer_is_found(target, words):
    found = findings(target)["gathering"]
    assert not found.ok
    assert words in found.detail


def test_a_metric_that_gathers_nothing_is_not_asked_to():
    registry = tiny_extractor.registry()
    checks = [finding.check for finding in check_entry(registry, registry.get("metric", "mean"))]
    assert "repeats" in checks
    assert "gathering" not in checks
