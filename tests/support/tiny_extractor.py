"""A tiny extractor and metrics for tests of the judge, and the registry that knows them."""

from __future__ import annotations

import itertools

import safetensors.torch
import torch
from torch import nn

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor, File, Metric
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry

SEEN = []


class Network(nn.Module):
    """``(B, 3, H, W)`` uint8 -> 12 features of each quarter's colours, and 5 logits."""

    def __init__(self):
        super().__init__()
        rng = torch.Generator().manual_seed(3)
        self.mix = nn.Parameter(torch.randn(12, 12, generator=rng), requires_grad=False)
        self.head = nn.Parameter(torch.randn(12, 5, generator=rng), requires_grad=False)

    def forward(self, images):
        features = nn.functional.adaptive_avg_pool2d(images.float() / 255, 2).flatten(1) @ self.mix
        return features, 3 * features @ self.head


class TinyExtractor(Extractor):
    version = "7"
    shipped = None

    def __init__(self, weights=None):
        super().__init__()
        torch.rand(3)  # as an initialisation would
        self.network = Network()
        self.network.load_state_dict(safetensors.torch.load_file(self.weights_path(weights)))

    @classmethod
    def weights_path(cls, given):
        return given or cls.shipped

    def forward(self, images):
        SEEN.append(len(images))
        features, logits = self.network(images)
        return {"features": features, "logits": logits}


class PublishedExtractor(TinyExtractor):
    """As Inception: its weights do not ship, and a test says where they are published."""

    weights = File("net-00000000.safetensors", url="https://weights.invalid/net-00000000.safetensors", sha256="0" * 8)


class BlindExtractor(TinyExtractor):
    def forward(self, images):
        seen = super().forward(images)
        seen["features"][0, 0] = float("nan")
        return seen


class FeaturesOnly(TinyExtractor):
    def forward(self, images):
        return {"features": super().forward(images)["features"]}


class Mean(Metric):
    """The difference of the means of the first feature; needs 4 images."""

    def label(self, extractor):
        return f"mean[{extractor}]"

    def summarise(self, seen):
        return {"n": torch.tensor([len(seen["features"])]), "mean": seen["features"].double().mean(0)[:1]}

    def compare(self, fake, real):
        if fake["n"] < 4:
            raise MetricError("the mean needs at least 4 images")
        return float(fake["mean"] - real["mean"])


class Endless(Mean):
    def compare(self, fake, real):
        return float("inf")


def registry():
    """The bundled registry, and the parts above."""
    found = load_zoo(third_party=False).registry
    found.add(
        [
            Entry("extractor", "tiny", "tiny_extractor:TinyExtractor", "tiny_extractor", "1"),
            Entry("extractor", "published", "tiny_extractor:PublishedExtractor", "tiny_extractor", "1"),
            Entry("extractor", "blind", "tiny_extractor:BlindExtractor", "tiny_extractor", "1"),
            Entry("extractor", "features-only", "tiny_extractor:FeaturesOnly", "tiny_extractor", "1"),
            Entry("extractor", "no-extractor", "tiny_extractor:Network", "tiny_extractor", "1"),
            Entry("metric", "mean", "tiny_extractor:Mean", "tiny_extractor", "1"),
            Entry("metric", "endless", "tiny_extractor:Endless", "tiny_extractor", "1"),
        ]
    )
    return found


def weights_at(path, **changes):
    """A weights file of ``Network``, and its path."""
    state = {name: value.clone() for name, value in Network().state_dict().items()} | changes
    safetensors.torch.save_file(state, path)
    return path


def images(n, *, seed=0, size=8, channels=3):
    """``(n, channels, size, size)`` uint8 of which no two are alike."""
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, channels, 2, 2, generator=rng) * (0.5 + 0.5 * torch.rand(n, 1, 1, 1, generator=rng))
    fine = coarse.repeat_interleave(size // 2, 2).repeat_interleave(size // 2, 3)
    return (fine * 255).to(torch.uint8)


def drawing(of):
    """A ``draw`` that gives the images ``of`` in turn."""
    rest = iter(of)
    return lambda k: torch.stack(list(itertools.islice(rest, k)))
