"""The distance of features of what was made and of what is true."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import frozen_extractor
from ganzoo.samples import flat


class Perceptual(Regularizer):
    """The squared distance of features of each fake to those of the real sample of the same condition.

    Features are a trained network's, any extractor with gradients, which stays as it is: their squared differences are
    summed, as LPIPS is such a sum. With no extractor it is the mean squared error of the pixels.

    Source: arXiv:1609.04802, eq. 5 for features, eq. 4 for pixels (SRGAN-MSE); arXiv:1809.00219, sec. 3.3.
    Departs: the papers' features are maps of VGG-19 behind its last activation, or before it in arXiv:1809.00219, whose
        code takes their absolute difference; the squares are summed over channels and averaged over places.

    Args:
        weight: of the distance.
        every: see ``Regularizer``.
        extractor: its registered name, such as ``lpips-vgg16``, whose squared distance is LPIPS; None for pixels.

    Raises:
        RecipeError: nobody registers the extractor, or it has no gradients.
        SetupError: its weights are missing.
    """

    pairs = True

    def __init__(self, weight: float = 1.0, every: int = 1, extractor: str | None = None) -> None:
        super().__init__(weight, every)
        self.extractor = None if extractor is None else frozen_extractor(extractor)

    def train(self, mode: bool = True) -> Self:
        """Leave the extractor in evaluation mode."""
        super().train(mode)
        if self.extractor is not None:
            self.extractor.eval()
        return self

    def g_penalty(self, turn: Turn) -> Tensor:
        """E |f(fake) - f(real)|^2, of pixels over their number, a scalar of at least 0."""
        with torch.no_grad():
            real = self._features(turn.real)
        squares = (self._features(turn.fake) - real).square()
        return squares.mean() if self.extractor is None else squares.flatten(1).sum(1).mean()

    def _features(self, sample: Any) -> Tensor:
        return flat(sample) if self.extractor is None else self.extractor.embedded(sample)
