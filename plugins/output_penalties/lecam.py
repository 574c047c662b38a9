"""LeCam regularisation."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import batch_mean


class LeCam(Regularizer):
    """Pulls the verdicts on each kind of image towards the running mean of those on the other.

    E[(D(real) - a_F)^2] + E[(D(fake) - a_R)^2], where a_R and a_F are exponential moving averages of the verdicts on
    real and on fake images. They take in the present batch before they are used, and are corrected for their start
    as Adam's are: the first ones are the first batch's means, and the decay has its say in full only later.

    Source: arXiv:2104.03310; the corrected start is that of the authors' code for StyleGAN2.
    Departs: the authors' code punishes a verdict only on the far side of the other's mean, (D(real) - a_F)_+ and
        (a_R - D(fake))_+; where the discriminator is right about most images, that is the same.

    Args:
        weight: the paper's lambda; the default is that of the authors' code for BigGAN on CIFAR-10.
        decay: of the moving averages.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958); the
            averages move in those turns only.

    Attributes:
        real: the running mean of the verdicts on real images, a buffer.
        fake: the same on fakes.
        turns: how many batches they have seen.

    Raises:
        RecipeError: the decay is not in [0, 1).
    """

    reads = frozenset({"logits"})
    samples = "gathered"
    buffers_over_ranks = "same"
    real: Tensor
    fake: Tensor
    turns: Tensor

    def __init__(self, weight: float = 0.3, decay: float = 0.99, every: int = 1) -> None:
        super().__init__(weight, every)
        if not 0 <= decay < 1:
            raise RecipeError(f"decay of lecam is {decay!r}, and must be at least 0 and below 1")
        self.decay = decay
        self.register_buffer("real", torch.zeros(()))
        self.register_buffer("fake", torch.zeros(()))
        self.register_buffer("turns", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def _follow(self, real: Tensor, fake: Tensor) -> None:
        """Take a batch's verdicts, ``(B,)`` each, into the means."""
        self.turns += 1
        share = (1 - self.decay) / (1 - self.decay**self.turns)
        self.real.lerp_(batch_mean(real.mean()).to(self.real), share)
        self.fake.lerp_(batch_mean(fake.mean()).to(self.fake), share)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[(D(real) - a_F)^2] + E[(D(fake) - a_R)^2], a scalar of at least 0."""
        real, fake = turn.on_real["logits"], turn.on_fake["logits"]
        self._follow(real, fake)
        mean_real, mean_fake = self.real.clone(), self.fake.clone()  # the next turn overwrites the buffers
        return (real - mean_fake).square().mean() + (fake - mean_real).square().mean()
