"""Which data and which metrics an extractor serves, and what metrics draw beside their numbers."""

import pytest
import tiny_extractor
import torch
from tiny_extractor import SEEN, drawing, images, weights_at

from ganzoo.errors import MetricError, PluginError, SetupError
from ganzoo.interfaces import Metric
from ganzoo.metrics import Evaluator
from ganzoo.metrics.pairing import served
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry
from ganzoo.storage.cache import Cache

pytestmark = pytest.mark.usefixtures("silence")  # nothing here is worth a line to the user


class PlaneExtractor(tiny_extractor.TinyExtractor):
    """Points of two numbers: their quadrant, and whether they lie in the unit circle."""

    point, modes = 2, 4

    def forward(self, images):
        SEEN.append(len(images))
        points = images.flatten(1)
        quadrant = (points > 0).float() @ torch.tensor([2.0, 1.0])
        inside = (points.norm(dim=1, keepdim=True) < 1).float()
        return {"features": points, "logits": points, "mode": quadrant[:, None], "quality": inside}


class SpaceExtractor(PlaneExtractor):
    point = 3


class HalfHeartedExtractor(PlaneExtractor):
    def forward(self, images):
        return {key: value for key, value in super().forward(images).items() if key != "quality"}


class Inside(Metric):
    """The share of quality 1, and a picture of it unless it is 1."""

    reads = frozenset({"quality", "mode"})
    better = "higher"

    def label(self, extractor):
        return "inside"

    def summarise(self, seen):
        assert seen["mode"].shape == seen["quality"].shape == (len(seen["mode"]), 1)
        assert set(seen["mode"].flatten().tolist()) <= {0.0, 1.0, 2.0, 3.0}
        assert set(seen["quality"].flatten().tolist()) <= {0.0, 1.0}
        return {"share": seen["quality"].mean(0), "n": torch.tensor([len(seen["mode"])])}

    def compare(self, fake, real):
        if int(fake["n"]) < 5:
            raise MetricError("inside needs at least 5 images")
        return float(fake["share"])

    def picture(self, fake, real):
        return None if fake["share"] == 1 else f"{float(fake['share']):.2f} {float(real['share']):.2f}".encode()


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def open_judge(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", weights_at(tmp_path / "tiny.safetensors"))
    registry = tiny_extractor.registry()
    parts = {"plane": "PlaneExtractor", "space": "SpaceExtractor", "half-hearted": "HalfHeartedExtractor"}
    registry.add([Entry("extractor", name, f"{__name__}:{target}", "mine", "1") for name, target in parts.items()])
    registry.add([Entry("metric", "inside", f"{__name__}:Inside", "mine", "1")])
    SEEN.clear()
    return lambda metrics, extractor, **given: Evaluator.open(registry, extractor, metrics, **{"cache": cache, **given})


def points(n, numbers=2, seed=0):
    return torch.randn(n, numbers, 1, 1, generator=torch.Generator().manual_seed(seed))


def refused(words, do):
    with pytest.raises(MetricError, match=words) as error:
        do()
    assert "\n" not in str(error.value)


def test_points_are_judged(open_judge):
    evaluator = open_judge(["fid", "inside"], "plane", point=2)
    real, fake = points(60), points(40, seed=1)
    reference = evaluator.reference(real, "points", batch=25)
    numbers = evaluator.score(drawing(fake), 40, reference)
    assert SEEN == [25, 25, 10, 40]
    inside = (fake.flatten(1).norm(dim=1) < 1).sum() / 40
    assert numbers["inside"] == pytest.approx(float(inside)) and 0.2 < inside < 0.6
    assert numbers["fid"] > 0


@pytest.mark.parametrize(
    ("extractor", "point", "words"),
    [
        (
            "tiny",
            2,
            r"^the extractor tiny sees images, and the data are points of 2 numbers; use --extractor .*plane.*$",
        ),
        ("plane", 0, r"^the extractor plane sees points of 2 numbers, and the data are images$"),
        (
            "plane",
            3,
            r"^the extractor plane sees points of 2 numbers, and the data are points of 3 numbers; use --ex.*e$",
        ),
        ("space", 1, r"^the extractor space sees points of 3 numbers, and the data are points of 1 number$"),
    ],
)
def test_an_extractor_of_other_data_is_refused_when_it_is_opened(open_judge, extractor, point, words):
    refused(words, lambda: open_judge(["fid"], extractor, point=point))


@pytest.fixture
def _no_file(open_judge, tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tmp_path / "not-here.pth")


@pytest.mark.usefixtures("_no_file")
def test_it_is_refused_before_weights_are_looked_for(open_judge):
    with pytest.raises(SetupError, match="there are no weights"):
        open_judge(["fid"], "published", fetch=no_weights)
    refused("sees images, and the data are points", lambda: open_judge(["fid"], "published", point=2, fetch=no_weights))
    refused("the extractor published does not give", lambda: open_judge(["inside"], "published", fetch=no_weights))


@pytest.mark.usefixtures("_no_file")
def test_data_of_points_are_no_way_round_missing_weights(open_judge):
    told = []
    with pytest.raises(SetupError):
        open_judge(["fid"], "published", fetch=lambda *given, instead, **more: told.append(instead) or no_weights())
    assert "--data digits" in told[0] and "--data stacked-mnist" in told[0]
    assert "ring" not in told[0] and "grid" not in told[0]


def no_weights(*given, **more):
    raise SetupError("there are no weights")


@pytest.mark.parametrize(
    ("extractor", "given", "words"),
    [
        ("tiny", points(8), "tiny sees images, and the data are points of 2 numbers$"),
        ("plane", images(8), "plane sees points of 2 numbers, and the data are images$"),
        ("plane", points(8, 3), "plane sees points of 2 numbers, and the data are points of 3 numbers$"),
        ("plane", points(8).double(), r"float32 points of shape \(B, C, 1, 1\), not torch.float64 \(8, 2, 1, 1\)"),
        ("plane", points(8)[:, :, 0, 0], r"not torch.float32 \(8, 2\)"),
        ("plane", points(8).expand(8, 2, 2, 2), r"not torch.float32 \(8, 2, 2, 2\)"),
    ],
)
def test_other_data_are_refused_whenever_they_come(open_judge, extractor, given, words):
    evaluator = open_judge(["fid"], extractor)
    refused(words, lambda: evaluator.reference(given, "others"))
    reference = evaluator.reference(images(20) if extractor == "tiny" else points(20), "right")
    refused(
        words, lambda: evaluator.reference(given, "right")
    )  # known by what they are called, and refused all the same
    refused(words, lambda: evaluator.score(lambda n: given[:n], 8, reference))


@pytest.mark.parametrize(
    ("metrics", "extractor", "words"),
    [
        (["inside"], "tiny", "^the metric 'inside' reads mode and quality, which the extractor tiny does not give; "),
        (["modes"], "digits", "reads mode, which the extractor digits does not give; use --extractor stacked-mnist$"),
        (
            ["fid", "high-quality"],
            "mnist",
            "reads quality, which the extractor mnist does not give; use --extractor st",
        ),
    ],
)
def test_a_metric_of_modes_wants_an_extractor_that_tells_them_apart(open_judge, metrics, extractor, words):
    refused(words, lambda: open_judge(metrics, extractor))


def test_extractors_of_other_data_are_not_recommended(open_judge, monkeypatch):
    monkeypatch.setattr(SpaceExtractor, "modes", 0)
    refused(
        "does not give; no extractor of points of 3 numbers does$", lambda: open_judge(["inside"], "space", point=3)
    )


def test_an_extractor_that_gives_less_than_it_says_is_an_error(open_judge):
    evaluator = open_judge(["inside"], "half-hearted")
    with pytest.raises(PluginError, match="half-hearted gives no quality, only features, logits, mode"):
        evaluator.reference(points(20), "points")


def test_the_rehearsal_knows_modes_and_quality(open_judge):
    evaluator = open_judge(["inside", "modes", "high-quality", "reverse-kl"], "plane")
    evaluator.check(2500, 100_000)
    refused("inside needs at least 5 images", lambda: evaluator.check(4, 100))
    open_judge(["modes", "high-quality", "reverse-kl"], "plane").check(2, 2)


def test_metrics_that_draw_give_their_pictures_when_they_are_asked_for(open_judge):
    evaluator = open_judge(["fid", "inside"], "plane")
    real = torch.full((10, 2, 1, 1), 0.5)
    real[:4] = 2.0
    reference = evaluator.reference(real, "points")
    fake = real.clone()
    fake[:7] = 2.0
    drawn = {"older": b"kept"}
    numbers = evaluator.score(drawing(fake), 10, reference, pictures=drawn)
    assert drawn == {"older": b"kept", "inside": b"0.30 0.60"}
    assert evaluator.score(drawing(fake), 10, reference) == numbers
    drawn.clear()
    evaluator.score(drawing(torch.full((10, 2, 1, 1), 0.5)), 10, reference, pictures=drawn)
    assert drawn == {}  # it has none of this


def test_of_metrics_that_nobody_asked_for_those_are_left_that_an_extractor_serves():
    registry = load_zoo(third_party=False).registry
    assert served(("fid", "is"), "pixels", registry) == ("fid",)
    assert served(("fid", "is"), "digits", registry) == ("fid", "is")
    assert served(("is",), "pixels", registry) == ("is",)  # refused with a sentence, as it is when asked for
    assert served(("fid", "nowhere"), "pixels", registry) == ("fid", "nowhere")
