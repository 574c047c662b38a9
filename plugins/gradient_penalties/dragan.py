"""The gradient penalty around real images."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import gathered, one_draw_each, require_at_least, slope
from ganzoo.samples import along, detached, differentiable, each


class DRAGAN(Regularizer):
    """Pulls the norm of the discriminator's gradient towards ``k`` around real images.

    E[(||grad D(x + a c s u)|| - k)^2], with x real, s the standard deviation of the whole batch, u uniform in
    [0, 1] for each pixel and a uniform in [0, 1] for each image. Of samples that are several tensors, each tensor has a
    standard deviation of its own.

    Source: arXiv:1705.07215; the noise is that of the authors' code.
    Departs: the paper writes Gaussian noise, N(0, c I); with labels, the images keep theirs, which the paper
        does not have.

    Args:
        weight: the paper's lambda.
        k: the slope that is not punished.
        c: size of the noise, in standard deviations of the batch.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: the noise is negative.
    """

    reads = frozenset({"logits"})
    second_order = True
    samples = "gathered"

    def __init__(self, weight: float = 10.0, k: float = 1.0, c: float = 0.5, every: int = 1) -> None:
        super().__init__(weight, every)
        require_at_least(0, c=c)
        self.k, self.c = k, c

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[(||grad D(x + a c s u)|| - k)^2], a scalar of at least 0."""
        real = detached(turn.real)
        pixels = each(partial(_drawn_pixels, turn.rng), real)
        images = one_draw_each(real, turn.rng)
        near = differentiable(each(partial(_near, self.c, images), real, pixels))
        out: Tensor = (slope(turn.judge(near, turn.y)["logits"], near).norm(dim=1) - self.k).square().mean()
        return out


def _drawn_pixels(rng: torch.Generator, x: Tensor) -> Tensor:
    if not x.is_floating_point():
        return x
    return torch.rand(x.shape, device=x.device, dtype=x.dtype, generator=rng)


def _near(c: float, images: Tensor, real: Tensor, pixels: Tensor) -> Tensor:
    if not real.is_floating_point():
        return real
    noise = pixels * along(images.to(real.dtype), real)
    return real + c * gathered(real).std(correction=0) * noise
