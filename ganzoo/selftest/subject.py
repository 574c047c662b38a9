"""Subject of the tests: the evaluator, the shipped data and the shipped extractors, as a bench has them."""

import hashlib
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from .. import data
from ..interfaces.metrics import Extractor
from ..metrics import Evaluator
from ..registry.registry import Registry
from ..storage.cache import Cache


class Subject:
    """Everything that a test asks.

    Args:
        registry: where names are looked up.
        cache: an empty one, so that nothing comes from an earlier day.
        device: where images are evaluated and games are played.
    """

    def __init__(self, registry: Registry, cache: Cache, device: torch.device) -> None:
        self.registry, self.cache, self.device = registry, cache, device

    @cached_property
    def digits(self) -> tuple[Tensor, Tensor]:
        """The shipped digits ``(N, 1, 8, 8)`` uint8 and their labels."""
        return self._loaded("digits")

    @cached_property
    def ring(self) -> tuple[Tensor, Tensor]:
        """The shipped points ``(N, 2, 1, 1)`` float32 of eight Gaussians, and which of them each is of."""
        return self._loaded("ring")

    def _loaded(self, name: str) -> tuple[Tensor, Tensor]:
        pixels, labels = data.load_images(data.resolve(self.registry, name, cache=self.cache))
        assert labels is not None
        return pixels, labels

    def order(self, seed: int = 0) -> Tensor:
        """Shuffle the digits' positions."""
        return torch.randperm(len(self.digits[0]), generator=torch.Generator().manual_seed(seed))

    def extractor(self, name: str) -> Extractor:
        """A shipped extractor."""
        evaluator = Evaluator.open(self.registry, name, ("fid",), device=self.device, cache=self.cache)
        assert evaluator.extractor is not None
        return evaluator.extractor

    def numbers(self, extractor: str, metrics: tuple[str, ...], fake: Tensor, real: Tensor) -> dict[str, float]:
        """Metrics of some images against others, through :class:`ganzoo.metrics.Evaluator`."""
        evaluator = Evaluator.open(self.registry, extractor, metrics, device=self.device, cache=self.cache)
        reference = evaluator.reference(real, hashlib.sha256(real.contiguous().numpy().tobytes()).hexdigest())
        return evaluator.score(_dealing(fake), len(fake), reference)


def _dealing(images: Tensor) -> Callable[[int], Tensor]:
    rest = images

    def draw(n: int) -> Tensor:
        nonlocal rest
        dealt, rest = rest[:n], rest[n:]
        return dealt

    return draw
