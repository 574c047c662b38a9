"""The gradient penalty on packs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import require_pack
from ganzoo.layers.terms.slope import slope

from .one_hot import one_hot
from .packed_critic import PackedCritic


class PackPenalty(Regularizer):
    """Pulls the norm of the critic's gradient in a whole pack towards ``target``, between real and fake packs.

    E[(||grad D(p)|| - target)^2], with p drawn uniformly on the line between a real and a fake pack, one draw for each
    pair of packs. A pack is its rows and their conditions, and the gradient is that in both. The plain
    ``gradient-penalty`` takes the norm of each row alone, of a verdict that counts for all rows of the pack, and so
    pulls the gradient of a pack to other values. Rows that fill no pack are left out.

    Source: arXiv:1704.00028, eq. 3; sdv-dev/CTGAN@f4fcd21 ``ctgan.py``: ``calc_gradient_penalty``.

    Args:
        weight: lambda, 10.
        target: the slope that is not punished.
        every: take it once in so many turns of the critic, so many times as strong.

    Raises:
        RecipeError: the discriminator judges no packs, or a batch fills none.
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(self, weight: float = 10.0, target: float = 1.0, every: int = 1) -> None:
        super().__init__(weight, every)
        self.target = target

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse a discriminator that judges no packs of rows."""
        if not isinstance(D, PackedCritic):
            raise RecipeError(
                f"pack-penalty is for discriminators of packs of rows, which {type(D).__name__} is not: "
                "take discriminator 'packed-table', or gradient-penalty instead"
            )

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[(||grad D(p)|| - target)^2], a scalar."""
        D = turn.D
        assert isinstance(D, PackedCritic)
        m = D.packing
        require_pack(len(turn.real), m)
        packs = len(turn.real) // m
        n = packs * m
        real, fake = turn.real[:n].detach(), turn.fake[:n].detach()
        share = torch.rand(packs, 1, device=real.device, dtype=real.dtype, generator=turn.rng).repeat_interleave(m, 0)
        between = {"x": torch.lerp(real, fake, share)}
        y: Any = None
        if D.conditions and turn.y is not None and turn.y_fake is not None:
            asked, made = (one_hot(labels[:n], D.conditions).to(real.dtype) for labels in (turn.y, turn.y_fake))
            between["y"] = torch.lerp(asked, made, share)
            y = between["y"].requires_grad_()
        verdict = turn.judge(between["x"].requires_grad_(), y)["logits"]
        # Each of a pack's m rows carries its verdict, so that the sum over rows has m times the pack's gradient.
        gradient = slope(verdict, between).reshape(packs, -1) / m
        out: Tensor = (gradient.norm(dim=1) - self.target).square().mean()
        return out
