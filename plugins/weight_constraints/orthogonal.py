"""Orthogonal regularisation, in two forms."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import CONVOLUTIONS, matrices, require_choice

# Embeddings are left out, as in BigGAN's code: their rows are looked up one at a time.
FILTERS = (*CONVOLUTIONS, nn.Linear)


def full(rows: Tensor) -> Tensor:
    """Give the sum of |<w_i, w_j> - [i = j]| over all pairs of filters, a scalar.

    Source: arXiv:1609.07093.

    Args:
        rows: ``(filters, the rest)``.
    """
    return (rows @ rows.T - torch.eye(len(rows), device=rows.device, dtype=rows.dtype)).abs().sum()


def off_diagonal(rows: Tensor) -> Tensor:
    """Give the sum of <w_i, w_j>^2 over all pairs of different filters, a scalar; it leaves their lengths free.

    Source: arXiv:1809.11096, eq. 3.

    Args:
        rows: ``(filters, the rest)``.
    """
    high, wide = rows.shape
    if high <= wide:
        products = rows @ rows.T
        return (products * (1 - torch.eye(high, device=rows.device, dtype=rows.dtype))).square().sum()
    # ||W W^T|| = ||W^T W||: the product that is smaller, less the diagonal of the other, which is 4096 wide in the
    # first layer of a small generator.
    lengths = rows.square().sum(dim=1)
    return (rows.T @ rows).square().sum() - lengths.square().sum()


FORMS = {"full": full, "off-diagonal": off_diagonal}


class Orthogonal(Regularizer):
    """Pulls the filters of each layer towards orthogonal ones, times ``weight``.

    Source: arXiv:1609.07093, and arXiv:1809.11096, eq. 3.

    Args:
        weight: BigGAN's beta.
        form: ``full``, sum |W W^T - I|, pulls the lengths of the filters to 1 too; ``off-diagonal``,
            ||W W^T o (1 - I)||^2, leaves them free. The rows of W are the filters.
        player: whose filters: ``D``, ``G`` or ``both``, each in its own turn.
        every: take it once in so many turns of the player, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: there is no such form or player.
    """

    def __init__(self, weight: float = 1e-4, form: str = "off-diagonal", player: str = "both", every: int = 1) -> None:
        super().__init__(weight, every)
        require_choice(FORMS, form=form)
        require_choice(("D", "G", "both"), player=player)
        self.measure = FORMS[form]
        self.players = ("D", "G") if player == "both" else (player,)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Look whether there is something to do.

        Raises:
            RecipeError: a player has no filters.
        """
        players = {"D": D, "G": G}
        for name in self.players:
            if not matrices(players[name], FILTERS):
                raise RecipeError(
                    f"orthogonal finds nothing to regularise in {type(players[name]).__name__}: "
                    "it looks for convolutions and dense layers"
                )

    def _penalty(self, name: str, player: nn.Module) -> Tensor | None:
        if name not in self.players:
            return None
        return torch.stack([self.measure(rows) for rows in matrices(player, FILTERS)]).sum()

    def d_penalty(self, turn: Turn) -> Tensor | None:
        """Sum of ``form`` over D's layers, ||W W^T o (1 - I)||^2 or sum |W W^T - I|; None if only G is regularised."""
        return self._penalty("D", turn.D)

    def g_penalty(self, turn: Turn) -> Tensor | None:
        """Sum of ``form`` over G's layers, ||W W^T o (1 - I)||^2 or sum |W W^T - I|; None if only D is regularised."""
        return self._penalty("G", turn.G)
