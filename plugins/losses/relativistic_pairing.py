"""The relativistic loss of pairs."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import require_choice

from .relativistic_cost import COSTS


class RelativisticPairing(Loss):
    """The verdict on each real image against that on the fake of the same place in the batch.

    Both players pay f of the margin by which they are ahead: the discriminator where real is above fake, the
    generator where fake is above real. A number added to all logits changes nothing. In a conditional game
    real and fake of a pair have one label, as in the code of arXiv:2501.05441.

    Source: arXiv:1807.00734, sec. 4.1: with ``f: logistic``, RSGAN; arXiv:2501.05441, sec. 2.1, has the same loss as
    its relativistic pairing, beside which R3GAN puts R1 and R2. The other two f are those of the paper's RaLSGAN and
    RaHingeGAN, in pairs.

    Args:
        f: of the margin t: ``logistic``, -log sigmoid(t); ``least-squares``, (t - 1)^2; ``hinge``, max(0, 1 - t).

    Raises:
        RecipeError: f is none of these.
    """

    pairs = True

    def __init__(self, f: str = "logistic") -> None:
        super().__init__()
        require_choice(COSTS, f=f)
        self.f = f

    def d_loss(self, turn: Turn) -> Tensor:
        """E[f(D(real) - D(fake))], a scalar of at least 0."""
        return COSTS[self.f](turn.on_real["logits"] - turn.on_fake["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """E[f(D(fake) - D(real))], a scalar of at least 0."""
        return COSTS[self.f](turn.on_fake["logits"] - turn.on_real["logits"]).mean()
