"""The Fisher IPM by an augmented Lagrangian."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import batch_mean


class Fisher(Loss):
    """A critic raises the difference of its means over real and fake while its second moments are held at 1.

    With E = E[D(real)] - E[D(fake)] and Omega = (E[D(real)^2] + E[D(fake)^2]) / 2, the critic ascends the augmented
    Lagrangian E + lambda (1 - Omega) - rho / 2 (Omega - 1)^2; after each of its turns the multiplier moves to
    lambda + rho (Omega - 1), with the Omega of that turn, so that a critic that is too large is held back more.
    The generator raises its mean verdict.

    Source: arXiv:1705.09675, eq. 9 and alg. 1.

    Args:
        rho: weight of the quadratic penalty, and the step of the multiplier.

    Attributes:
        multiplier: a buffer, the paper's lambda, a scalar that starts at 0.

    Raises:
        RecipeError: rho is not above 0.
    """

    samples = "gathered"
    buffers_over_ranks = "same"
    multiplier: Tensor

    def __init__(self, rho: float = 1e-6) -> None:
        super().__init__()
        if not rho > 0:
            raise RecipeError(f"rho is {rho!r}, and must be a number above 0")
        self.rho = rho
        self.register_buffer("multiplier", torch.zeros(()))

    def d_loss(self, turn: Turn) -> Tensor:
        """-(E + lambda (1 - Omega) - rho / 2 (Omega - 1)^2), a scalar; in a critic's turn the multiplier moves on."""
        real, fake = turn.on_real["logits"], turn.on_fake["logits"]
        excess = batch_mean((real.square().mean() + fake.square().mean()) / 2) - 1
        multiplier = self.multiplier.clone()  # as the backward pass needs this turn's
        loss = fake.mean() - real.mean() + multiplier * excess + self.rho / 2 * excess.square()
        if turn.player == "D":  # and not where the generator only looks ahead
            with torch.no_grad():
                self.multiplier.add_(self.rho * excess.detach())
        return loss

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[D(fake)], a scalar."""
        return -turn.on_fake["logits"].mean()
