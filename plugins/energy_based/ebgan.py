"""The margin loss on energies."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss, Turn


class EBGAN(Loss):
    """The discriminator gives real images little energy and fakes at least ``margin``; the generator lowers theirs.

    Source: arXiv:1609.03126, eq. 1 and 2.

    Args:
        margin: the energy above which a fake no longer concerns the discriminator, on the scale of what it gives as
            ``energy``.

    Raises:
        RecipeError: the margin is not above 0.
    """

    reads = frozenset({"energy"})

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        if not margin > 0:
            raise RecipeError(f"margin is {margin!r}, and must be a number above 0")
        self.margin = margin

    def d_loss(self, turn: Turn) -> Tensor:
        """E[D(real)] + E[max(0, margin - D(fake))], a scalar of at least 0 for energies of at least 0."""
        return turn.on_real["energy"].mean() + relu(self.margin - turn.on_fake["energy"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """E[D(fake)], a scalar."""
        return turn.on_fake["energy"].mean()
