"""The cycle of two translators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Modality, Regularizer, Turn
from ganzoo.layers import require_at_least


def apart(one: Any, other: Any) -> Tensor:
    """Return the sum over domains of the mean absolute difference."""
    return torch.stack([(one[name] - other[name]).abs().mean() for name in other]).sum()


class Cycle(Regularizer):
    """Pictures that are translated there and back are what they were; those that are in the domain already stay.

    A fake in a domain is made of the condition in the other, so that the generator, given its own fakes, gives back the
    conditions, and given the conditions with the domains exchanged, should give them unchanged.

    Source: arXiv:1703.10593, eq. 2 for the cycle, sec. 5.2 for the identity; means over pixels, as their code has.

    Args:
        weight: lambda, 10 in the paper.
        identity: of the identity loss, relative to ``weight``; 0 for none, 0.5 in the paper's sec. 5.2.
        every: see ``Regularizer``.

    Raises:
        RecipeError: identity is below 0, or the data are not of two domains.
    """

    def __init__(self, weight: float = 10.0, identity: float = 0.0, every: int = 1) -> None:
        super().__init__(weight, every)
        require_at_least(0, identity=identity)
        self.identity = identity

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that there are two domains."""
        modality: Modality | None = getattr(G, "modality", None)
        if modality is not None and "domains" not in modality.offered:
            raise RecipeError(
                f"regularizer 'cycle' translates from one domain to another and back, and these {modality.name} are of "
                "one: take data of the modality 'domains', or leave it out"
            )

    def g_penalty(self, turn: Turn) -> Tensor:
        """E|G_a(G_b(a)) - a| + E|G_b(G_a(b)) - b|, and ``identity`` times E|G_a(a) - a| + E|G_b(b) - b|; a scalar."""
        G: Any = turn.G
        y: Any = turn.y_fake
        penalty = apart(G(turn.z, turn.fake), y)
        if self.identity:
            penalty = penalty + self.identity * apart(G(turn.z, {"a": y["b"], "b": y["a"]}), y)
        return penalty
