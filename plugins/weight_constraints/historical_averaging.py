"""Historical averaging."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn


class HistoricalAveraging(Regularizer):
    """Holds the weights of both players near the mean of all their past values: ||theta - mean||^2.

    Each player pays for its own in its own turn. The mean is over the initial weights and those after each of the
    player's turns, the present ones among them; for the gradient it is a constant.

    Source: arXiv:1606.03498, sec. 3.3.
    Departs: the paper does not say how strong it is.

    Args:
        weight: factor of the squared distance.
        every: take it once in so many turns of each player, so many times as strong (arXiv:1912.04958); the means
            move in every turn.

    Attributes:
        D_values, G_values: how many values each player's means are of, buffers, beside one buffer for each mean.
    """

    D_values: Tensor
    G_values: Tensor

    def __init__(self, weight: float = 0.01, every: int = 1) -> None:
        super().__init__(weight, every)
        # Plain lists: in a module's own attributes they would count as weights of this one too.
        self._learned: dict[str, list[nn.Parameter]] = {}

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Begin the means with the initial weights of all that the players learn."""
        for name, player in (("D", D), ("G", G)):
            self._learned[name] = [p for p in player.parameters() if p.requires_grad]
            for i, parameter in enumerate(self._learned[name]):
                self.register_buffer(f"{name}{i}", parameter.detach().clone())
            self.register_buffer(f"{name}_values", torch.ones((), dtype=torch.int64))

    def _pairs(self, name: str) -> list[tuple[nn.Parameter, Tensor]]:
        """Each of a player's parameters with its mean."""
        return [(parameter, self.get_buffer(f"{name}{i}")) for i, parameter in enumerate(self._learned[name])]

    def _penalty(self, name: str) -> Tensor:
        return torch.stack([(parameter - mean).square().sum() for parameter, mean in self._pairs(name)]).sum()

    def d_penalty(self, turn: Turn) -> Tensor:
        """||theta - mean||^2 of D's weights theta, a scalar of at least 0."""
        return self._penalty("D")

    def g_penalty(self, turn: Turn) -> Tensor:
        """||theta - mean||^2 of G's weights theta, a scalar of at least 0."""
        return self._penalty("G")

    @torch.no_grad()
    def after_step(self, turn: Turn) -> None:
        """Take the new weights of the player that moved into its means."""
        values = self.get_buffer(f"{turn.player}_values")
        values += 1
        for parameter, mean in self._pairs(turn.player):
            mean.lerp_(parameter.detach(), (1 / values).to(mean))
