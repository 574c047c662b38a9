"""The boundary equilibrium loss."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import batch_mean, require_at_least


class BEGAN(Loss):
    """Low energy for real images, high for fakes, whose weight k_t is steered to keep their energies in proportion.

    With L the energy, the discriminator descends L(real) - k_t L(fake) and the generator L(fake). After each turn of
    the discriminator k moves by ``gain`` * (``gamma`` L(real) - L(fake)), within [0, 1]: where fakes have less than
    their share of the energy, the discriminator attends to them more.

    k moves in the discriminator's turn, with the two energies of that turn, which its loss was made of with the k
    before; the generator's turn leaves it alone. So with ``d_steps`` 1 it moves exactly once a step.

    Source: arXiv:1703.10717, sec. 3.3 and 3.4.
    Departs: k moves with the energy of the fakes that the discriminator was shown, where the paper's update names
        those of the generator's own latents; under ``order: simultaneous`` the two are the same. With more turns of
        the discriminator in a step, k moves in each.

    Args:
        gamma: the energy of fakes over that of real images at the equilibrium, in (0, 1]: lower for better and more
            similar images, higher for more diverse ones.
        gain: of the steering, the paper's lambda_k.

    Attributes:
        k: a buffer, the weight k_t, a scalar in [0, 1] that starts at 0.
        measure: a buffer, the measure of convergence M of the discriminator's last turn:
            L(real) + |gamma L(real) - L(fake)|, a scalar; 0 before the first.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"energy"})
    samples = "gathered"
    buffers_over_ranks = "same"
    k: Tensor
    measure: Tensor

    def __init__(self, gamma: float = 0.5, gain: float = 0.001) -> None:
        super().__init__()
        if not 0 < gamma <= 1:
            raise RecipeError(f"gamma is {gamma!r}, and must be above 0 and at most 1")
        require_at_least(0, gain=gain)
        self.gamma, self.gain = gamma, gain
        self.register_buffer("k", torch.zeros(()))
        self.register_buffer("measure", torch.zeros(()))

    def d_loss(self, turn: Turn) -> Tensor:
        """E[L(real)] - k_t E[L(fake)], a scalar; in a discriminator's turn k moves on."""
        real, fake = turn.on_real["energy"].mean(), turn.on_fake["energy"].mean()
        loss = real - self.k.clone() * fake  # a clone, as the backward pass needs this turn's k
        if turn.player == "D":  # and not where the generator only looks ahead
            self._steer(batch_mean(real.detach()), batch_mean(fake.detach()))
        return loss

    def g_loss(self, turn: Turn) -> Tensor:
        """E[L(fake)], a scalar."""
        return turn.on_fake["energy"].mean()

    @torch.no_grad()
    def _steer(self, real: Tensor, fake: Tensor) -> None:
        balance = self.gamma * real - fake
        self.k.copy_((self.k + self.gain * balance).clamp(0, 1))
        self.measure.copy_(real + balance.abs())
