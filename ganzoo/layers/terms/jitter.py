"""Images mirrored and moved by a few pixels: what a verdict is not to depend on."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import RecipeError


class Jitter:
    """A random mirror and a random shift, with draws of its own for each image.

    Beyond its border pixels an image goes on as its mirror image.

    Source: arXiv:1910.12027: random shifts by a few pixels and random flips.

    Args:
        flip: mirror left to right, one time in two.
        shift: how far at most, along either axis, in pixels of a 32x32 image; other sizes have as many in
            proportion, and one at the least. 0: not at all.

    Raises:
        RecipeError: ``shift`` is not a whole number of at least 0, or nothing is left to do.
    """

    def __init__(self, *, flip: bool, shift: int) -> None:
        if isinstance(shift, bool) or not isinstance(shift, int) or shift < 0:
            raise RecipeError(f"shift is {shift!r}, and must be a whole number of pixels of at least 0")
        if not (flip or shift):
            raise RecipeError("flip is false and shift is 0, and so there is nothing to be consistent about")
        self.flip, self.shift = flip, shift

    def pixels(self, size: int) -> int:
        """Return how far images of this height and width are moved at most; never all the way out."""
        return min(max(round(self.shift * size / 32), 1), size - 1) if self.shift else 0

    def __call__(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """``(B, C, H, W)`` images -> the same shape, differentiable w.r.t. them."""
        for dim in (2, 3):
            size = x.shape[dim]
            most = self.pixels(size)
            place = torch.arange(size, device=x.device).expand(len(x), size)
            if self.flip and dim == 3:
                mirrored = torch.rand(len(x), 1, device=x.device, generator=rng) < 0.5
                place = torch.where(mirrored, size - 1 - place, place)
            place = place + torch.randint(-most, most + 1, (len(x), 1), device=x.device, generator=rng)
            place = (size - 1) - ((size - 1) - place.abs()).abs()  # a mirror at either end
            shape = [len(x), 1, 1, 1]
            shape[dim] = size
            x = x.gather(dim, place.view(shape).expand_as(x))
        return x
