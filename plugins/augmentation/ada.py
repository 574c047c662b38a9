"""Adaptive discriminator augmentation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, RunLength, Turn
from ganzoo.layers import AdaptiveProbability, require_images

from .ada_colour import recoloured
from .ada_placement import Placement


class ADA(Regularizer):
    """Shows the discriminator every image augmented, by a chain each link of which is taken with probability p.

    p follows the discriminator's overfitting. Each image has draws of its own, and gradients go through. As long as
    p is below about 0.8, what is augmented can be told from what is not by how often it comes, and so the augmentations
    do not leak into the generator's images (sec. 2.2).

    Source: arXiv:2006.06676, sec. 2.3, 3 and app. B. Overfitting is judged from the verdicts on the augmented real
        images, as there.
    Departs: there are no image-space filtering and corruptions, which the paper found not to help (fig. 4); pixels
        between pixels are found by cubic convolution, where the paper resamples an image of twice the size with
        wavelet filters, which loses less of the finest detail; in return flips, quarter turns and shifts by whole
        pixels are exact. p stays at most 1, where the authors' code lets it grow beyond, and verdicts of a step of R1
        alone, which that code counts, too, are not taken.

    Turns are turns of pixels about the middle: of an image that is not square, what a turn carries out of it is lost,
    and what lies beyond its edges comes in, as in the authors' code.

    Args:
        blit: mirror left to right, turn by right angles, shift by whole pixels of up to 1/8 of width and height.
        geometry: scale, rotate, stretch one way, rotate again, shift by a part of width and height.
        color: brightness, contrast, luma flip, hue and saturation; of the last two, one channel has none.
        p: where the probability starts.
        target: the mean sign of the verdicts on real images that p is to hold.
        interval: turns of the discriminator between two changes of p.
        kimg: thousand real images in which p can go from 0 to 1.

    Raises:
        RecipeError: no transform is left, or a value is out of range.
    """

    reads = frozenset({"logits"})
    samples = "gathered"
    mirror_symmetric = True
    buffers_over_ranks = "same"

    def __init__(
        self,
        blit: bool = True,
        geometry: bool = True,
        color: bool = True,
        p: float = 0.0,
        target: float = 0.6,
        interval: int = 4,
        kimg: float = 500.0,
    ) -> None:
        super().__init__()
        if not (blit or geometry or color):
            raise RecipeError("blit, geometry and color are all false, and so ada would do nothing: take one of them")
        self.blit, self.geometry, self.color = blit, geometry, color
        self.adaptive = AdaptiveProbability(p=p, target=target, interval=interval, kimg=kimg)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse samples that are no images.

        Raises:
            RecipeError: they are none.
        """
        require_images(D, "regularizer 'ada'")

    def unreached(self, run: RunLength) -> str | None:
        """Say where p cannot rise."""
        return self.adaptive.unreached(run)

    @property
    def p(self) -> Tensor:
        """Probability of each transform, a scalar on the device."""
        return self.adaptive.p

    def view(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` images in [-1, 1] -> the same shape; colours may leave the range."""
        if self.blit or self.geometry:
            place = Placement.unmoved(x)
            if self.blit:
                place = self.blitted(place, x)
            if self.geometry:
                place = self.deformed(place, x)
            x = place.carried_out(x)
        return recoloured(x, **self.colours(x)) if self.color else x

    def after_step(self, turn: Turn) -> None:
        """Let p follow the verdicts on the real images of the discriminator's turn."""
        if turn.player == "D":
            self.adaptive.follow(turn.on_real["logits"])

    def blitted(self, place: Placement, x: Tensor) -> Placement:
        """``place``, and then, each with probability p: a random side, random quarters, a random shift by pixels."""
        sides = 1 - 2 * _whole(x, 2).to(x.dtype)
        place = place.flipped(self._sometimes(sides, torch.ones_like(sides)))
        quarters = _whole(x, 4)
        place = place.turned_by_quarters(self._sometimes(quarters, torch.zeros_like(quarters)))
        shift = _in_sides(torch.rand(len(x), 2, device=x.device, dtype=x.dtype) - 0.5, 0.25, x)
        return place.shifted(self._sometimes(shift.round(), torch.zeros_like(shift)))

    def deformed(self, place: Placement, x: Tensor) -> Placement:
        """``place``, and then, each with probability p: scale, either or both rotations, stretch, fractional shift."""
        zero, one = x.new_zeros(len(x)), x.new_ones(len(x))
        rotation_p = 1 - torch.sqrt(1 - self.p)  # of each of two, so that either comes with p
        scale = self._sometimes(torch.exp2(0.2 * _normal(x)), one)
        place = place.scaled(scale, scale)
        place = place.rotated(self._sometimes(_angle(x), zero, rotation_p))
        stretch = self._sometimes(torch.exp2(0.2 * _normal(x)), one)
        place = place.scaled(stretch, 1 / stretch)
        place = place.rotated(self._sometimes(_angle(x), zero, rotation_p))
        shift = _in_sides(torch.randn(len(x), 2, device=x.device, dtype=x.dtype), 0.125, x)
        return place.shifted(self._sometimes(shift, torch.zeros_like(shift)))

    def colours(self, x: Tensor) -> dict[str, Tensor]:
        """Draw the changes of each image's colours, each with probability p; keywords of ``recoloured``."""
        zero, one = x.new_zeros(len(x)), x.new_ones(len(x))
        return {
            "brightness": self._sometimes(0.2 * _normal(x), zero),
            "contrast": self._sometimes(torch.exp2(0.5 * _normal(x)), one),
            "luma": self._sometimes(1 - 2 * _whole(x, 2).to(x.dtype), one),
            "hue": self._sometimes(_angle(x), zero),
            "saturation": self._sometimes(torch.exp2(_normal(x)), one),
        }

    def _sometimes(self, value: Tensor, neutral: Tensor, p: Tensor | None = None) -> Tensor:
        """``value`` with probability ``p``, by default the current one, and else ``neutral``: one draw an image."""
        taken = torch.rand(len(value), device=value.device) < (self.p if p is None else p)
        return torch.where(taken.view(-1, *[1] * (value.ndim - 1)), value, neutral)


def _in_sides(steps: Tensor, share: float, x: Tensor) -> Tensor:
    """Give steps ``(B, 2)`` to the right and down in pixels; one of 1 is this share of the width, or of the height."""
    height, width = x.shape[2:]
    if height == width:
        return steps * (share * width)
    return torch.stack([steps[:, 0] * (share * width), steps[:, 1] * (share * height)], dim=1)


def _normal(x: Tensor) -> Tensor:
    """Give a standard normal number for each image, ``(B,)``."""
    return torch.randn(len(x), device=x.device, dtype=x.dtype)


def _angle(x: Tensor) -> Tensor:
    """Any angle for each image, ``(B,)`` in [-pi, pi)."""
    return (2 * torch.rand(len(x), device=x.device, dtype=x.dtype) - 1) * math.pi


def _whole(x: Tensor, n: int) -> Tensor:
    """Give a whole number from 0 to ``n - 1`` for each image, ``(B,)`` int64."""
    return torch.randint(n, (len(x),), device=x.device)
