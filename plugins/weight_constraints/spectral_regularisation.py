"""Spectral norm regularisation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import matrices, require_choice, require_positive


class SpectralRegularisation(Regularizer):
    """Half the sum of the squared largest singular values of a player's weights, times ``weight``.

    Where spectral normalisation divides by that value, this only pulls it down. The value is found by the power
    method, which goes on from turn to turn with the vectors where it stopped; for the gradient they are constants,
    which they are to first order at the singular vectors.

    Source: arXiv:1705.10941, alg. 1.
    Departs: the paper trains classifiers.

    Args:
        weight: the paper's lambda.
        player: whose weights: ``D``, ``G`` or ``both``, each in its own turn.
        n_power_iterations: steps of the power method in each turn.
        every: take it once in so many turns of the player, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(self, weight: float = 0.01, player: str = "D", n_power_iterations: int = 1, every: int = 1) -> None:
        super().__init__(weight, every)
        require_choice(("D", "G", "both"), player=player)
        require_positive(n_power_iterations=n_power_iterations)
        self.players = ("D", "G") if player == "both" else (player,)
        self.n_power_iterations = n_power_iterations

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Draw a first left singular vector for each weight.

        Raises:
            RecipeError: a player has no weight to regularise.
        """
        players = {"D": D, "G": G}
        for name in self.players:
            weights = matrices(players[name])
            if not weights:
                raise RecipeError(
                    f"spectral-regularisation finds nothing to regularise in {type(players[name]).__name__}: "
                    "it looks for convolutions, dense layers and embeddings"
                )
            for i, weight in enumerate(weights):
                u = torch.randn(len(weight), device=weight.device, dtype=weight.dtype)
                self.register_buffer(f"{name}{i}", normalize(u, dim=0))

    def _penalty(self, name: str, player: nn.Module) -> Tensor | None:
        if name not in self.players:
            return None
        squares = []
        for i, weight in enumerate(matrices(player)):
            u = self.get_buffer(f"{name}{i}")
            with torch.no_grad():
                for _ in range(self.n_power_iterations):
                    v = normalize(weight.T @ u, dim=0)
                    u.copy_(normalize(weight @ v, dim=0))
            squares.append((u.clone() @ weight @ v).square())  # a clone: the next turn overwrites what autograd keeps
        return 0.5 * torch.stack(squares).sum()

    def d_penalty(self, turn: Turn) -> Tensor | None:
        """Half the sum of sigma(W)^2 over D's weights, a scalar of at least 0; None if only G is regularised."""
        return self._penalty("D", turn.D)

    def g_penalty(self, turn: Turn) -> Tensor | None:
        """Half the sum of sigma(W)^2 over G's weights, a scalar of at least 0; None if only D is regularised."""
        return self._penalty("G", turn.G)
