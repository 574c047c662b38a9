"""The levels of noise in which the discriminator sees what the generator makes on its way."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.samples import detached

from .discriminator import GATDiscriminator
from .generator import GATGenerator


def shares_of_noise(levels: int, least: float, floor: float) -> list[float]:
    """Give the share of noise in each level, early first: ``1 - least^(1 - i / (levels - 1)) + floor``.

    Source: arXiv:2509.24935, the authors' code.
    """
    places = [i / (levels - 1) for i in range(levels - 1)] + [1.0]
    return [1 - least ** (1 - place) + floor for place in places]


class MultiLevelNoise(Regularizer):
    """Shows the discriminator the images of all depths of G side by side, the earlier the more of each is noise.

    A real sample stands in all places. Level i is (1 - t_i) x_i + t_i e_i with e_i of N(0, 1), and the noises are those
    of one diffusion: each level adds to the noise of the cleaner one after it. So early blocks learn what is left of
    an image in much noise, which is its coarse form, and no block is idle. It stands behind augmentations in a recipe,
    so that noise is not moved with the image. Terms that compare fakes with images that they let G make by themselves
    do not go with it, since its fakes are stacks.

    Source: arXiv:2509.24935, multi-level noise-perturbed image guidance, and the authors' code.

    Args:
        least: how much of the image is left in the first level, above 0 and at most 1.
        floor: share of noise that is added to each level, so that the last has some, too; the first level's in all is
            at most 1.

    Raises:
        RecipeError: a parameter is out of range, or the players have no levels, or not as many.
    """

    def __init__(self, least: float = 0.125, floor: float = 0.01) -> None:
        super().__init__()
        for name, value in {"least": least, "floor": floor}.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise RecipeError(f"{name} is {value!r}, and must be a number")
        if not (0 <= floor < least <= 1):
            raise RecipeError(
                f"least is {least} and floor {floor}: give 0 <= floor < least <= 1, so that each level keeps some image"
            )
        self.least, self.floor = least, floor
        self.channels, self.shares = 0, [0.0]

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that both players have levels, and as many."""
        if not (isinstance(G, GATGenerator) and isinstance(D, GATDiscriminator)):
            raise RecipeError(
                "regularizer 'multi-level-noise' needs players that have levels: take generator=gat and "
                "discriminator=gat, or leave it out"
            )
        if G.levels != D.levels:
            raise RecipeError(
                f"generator gat has {G.levels} levels and discriminator gat {D.levels}: give both as many "
                f"(discriminator.levels={G.levels})"
            )
        self.channels, self.shares = D.seen // D.levels, shares_of_noise(G.levels, self.least, self.floor)

    def recast(self, turn: Turn) -> Turn:
        """Stack real samples on themselves, and each level of the fakes on the one before."""
        real = detached(turn.real)
        stack = len(self.shares) * self.channels
        if real.shape[1] == stack and stack != self.channels:  # both players move from one look, recast already
            return turn
        G: GATGenerator = turn.G  # type: ignore[assignment]
        with torch.set_grad_enabled(turn.player == "G" or turn.live):
            fake = G.stacked(turn.z, turn.y_fake)
        return turn.replace(real=real.repeat(1, len(self.shares), 1, 1), fake=fake)

    def view(self, x: Tensor) -> Tensor:
        """Put each level of a stack ``(B, levels * C, H, W)`` in its noise, a lone image in that of the last."""
        if x.shape[1] == self.channels:
            return (1 - self.shares[-1]) * x + self.shares[-1] * torch.randn_like(x)
        noise, before, found = torch.zeros_like(x[:, : self.channels]), 0.0, []
        for level, share in zip(reversed(x.split(self.channels, dim=1)), reversed(self.shares), strict=True):
            kept = (1 - share) / (1 - before)
            added = max(0.0, share**2 - (before * kept) ** 2) ** 0.5
            noise = kept * noise + added * torch.randn_like(level)
            found.append((1 - share) * level + noise)
            before = share
        return torch.cat(found[::-1], dim=1)
