"""The energy distance of learned projections."""

from __future__ import annotations

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, Loss, Turn
from ganzoo.layers import (
    gathered,
    interpolate_real_fake,
    output_shape,
    own_rows,
    require_at_least,
    require_positive,
    slope,
)

from .energy_distance import energy_distance, lengths, mean_to_others, pairwise


class Cramer(Loss):
    """The generator lowers the energy distance between projections h of real and fake images.

    h is a dense layer of this loss on the discriminator's ``features``. The critic of a point x is
    f(x) = E|h(x) - h(fake')| - |h(x)|, and h raises E[f(real)] - E[f(fake)] while the slope of f is pulled to 1 on
    lines between real and fake images.

    Source: arXiv:1705.10743, alg. 1 and sec. 5.
    Departs: the expectations over a second, independent fake are means over all other fakes of the batch
        (U-statistics), where the paper draws one more for each; the generator's value has the term of two real images
        as well, on which its gradient does not depend, so that it is the whole distance.

    Args:
        dim: how many numbers h gives; the paper takes 256.
        penalty: weight of the gradient penalty, the paper's lambda.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"features"})
    samples = "gathered"
    second_order = True

    def __init__(self, dim: int = 256, penalty: float = 10.0) -> None:
        super().__init__()
        require_positive(dim=dim)
        require_at_least(0, penalty=penalty)
        self.dim, self.penalty = dim, penalty

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Fit h to the features."""
        self.head = nn.Linear(output_shape(D, "features")[0], self.dim)

    def d_loss(self, turn: Turn) -> Tensor:
        """E[f(fake)] - E[f(real)] and the weighted penalty, a scalar."""
        real, fake = gathered(self.head(turn.on_real["features"])), gathered(self.head(turn.on_fake["features"]))
        f_real = pairwise(real, fake).mean(dim=1) - lengths(real)
        f_fake = mean_to_others(pairwise(fake, fake)) - lengths(fake)
        loss = f_fake.mean() - f_real.mean()
        return loss + self.penalty * self._slope_penalty(turn, fake) if self.penalty else loss

    def g_loss(self, turn: Turn) -> Tensor:
        """2 E|h(real) - h(fake)| - E|h(real) - h(real')| - E|h(fake) - h(fake')|, a scalar, which may be below 0."""
        real, fake = gathered(self.head(turn.on_real["features"])), gathered(self.head(turn.on_fake["features"]))
        return energy_distance(real, fake)

    def _slope_penalty(self, turn: Turn, fake: Tensor) -> Tensor:
        """E[(|grad f(x)| - 1)^2] on points between real and fake images; a fake's own point is no part of its f."""
        x = interpolate_real_fake(turn)
        h = gathered(self.head(turn.judge(x, turn.y)["features"]))
        f = own_rows(mean_to_others(pairwise(h, fake)) - lengths(h))
        out: Tensor = (slope(f, x).norm(dim=1) - 1).square().mean()
        return out
