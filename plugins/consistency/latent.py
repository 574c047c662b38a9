"""Latent consistency regularization."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import mean_over, require_at_least
from ganzoo.samples import each


class LatentConsistency(Regularizer):
    """For a small normal step dz of the latent, the generator's image is to change and the verdict on it is not.

    The discriminator descends lambda_dis E[(D(G(z)) - D(G(z + dz)))^2], the generator
    -lambda_gen E[|G(z) - G(z + dz)|^2].

    Source: arXiv:2002.04724, alg. 2 (zCR).
    Departs: |.|^2 is the mean over the pixels and not their sum, so that one ``lambda_gen`` serves all image sizes.

    Args:
        lambda_gen: weight of the generator's term.
        lambda_dis: weight of the discriminator's.
        sigma: standard deviation of dz.

    Raises:
        RecipeError: a value is below 0.
    """

    reads = frozenset({"logits"})

    def __init__(self, lambda_gen: float = 0.5, lambda_dis: float = 5.0, sigma: float = 0.05) -> None:
        super().__init__()
        require_at_least(0, lambda_gen=lambda_gen, lambda_dis=lambda_dis, sigma=sigma)
        self.lambda_gen, self.lambda_dis, self.sigma = lambda_gen, lambda_dis, sigma

    def _beside(self, turn: Turn) -> Any:
        """Give the samples of latents a step from those of the turn."""
        z = turn.z.detach()
        dz = torch.randn(z.shape, device=z.device, dtype=z.dtype, generator=turn.rng)
        return turn.G(z + self.sigma * dz, turn.y_fake)

    def d_penalty(self, turn: Turn) -> Tensor:
        """``lambda_dis`` times E[(D(G(z)) - D(G(z + dz)))^2], a scalar of at least 0."""
        with torch.no_grad():
            beside = self._beside(turn)
        change = turn.on_fake["logits"] - turn.judge(beside, turn.y_fake)["logits"]
        return self.lambda_dis * change.square().mean()

    def g_penalty(self, turn: Turn) -> Tensor:
        """-``lambda_gen`` times E[|G(z) - G(z + dz)|^2], a scalar of at most 0."""
        fake, beside = turn.fake, self._beside(turn)
        return -self.lambda_gen * mean_over(each(lambda a, b: (a - b).square(), fake, beside))
