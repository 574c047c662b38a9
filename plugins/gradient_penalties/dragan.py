"""The gradient penalty around real images."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import gathered, input_gradient, require_at_least


class DRAGAN(Regularizer):
    """Pulls the norm of the discriminator's gradient towards ``k`` around real images.

    E[(||grad D(x + a c s u)|| - k)^2], with x real, s the standard deviation of the whole batch, u uniform in
    [0, 1] for each pixel and a uniform in [0, 1] for each image.

    Source: arXiv:1705.07215; the noise is that of the authors' code.
    Departs: the paper writes Gaussian noise, c N(0, I); with labels, the images keep theirs, which the paper
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
        real = turn.real.detach()
        pixels, images = (
            torch.rand(shape, device=real.device, dtype=real.dtype, generator=turn.rng)
            for shape in (real.shape, (len(real), 1, 1, 1))
        )
        noise = pixels * images
        near = (real + self.c * gathered(real).std(correction=0) * noise).requires_grad_()
        gradient = input_gradient(turn.judge(near, turn.y)["logits"], near)
        out: Tensor = (gradient.flatten(1).norm(dim=1) - self.k).square().mean()
        return out
