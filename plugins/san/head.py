"""The last dense layer of a discriminator, and its direction."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator
from ganzoo.layers import Projection, evaluation_mode, example_verdict

TINY = 1e-12  # of a length


class Head:
    """The layers that make a discriminator's logits of its features: logits = <w, h> + b.

    With a projection of the label, w is the sum of the dense layer's row and the label's vector. Its length belongs to
    the features: <w, h> = <omega, |w| h> with the direction omega = w / |w|.

    Args:
        dense: from features to one logit.
        projection: of the label; None for none.
    """

    def __init__(self, dense: nn.Linear, projection: Projection | None) -> None:
        self.dense, self.projection = dense, projection

    def weight(self, y: Tensor | None) -> Tensor:
        """``(B,)`` int64 labels or None -> w, ``(B, F)`` or ``(1, F)``."""
        if self.projection is None:
            return self.dense.weight
        made: Tensor = self.dense.weight + self.projection.embed(y)
        return made

    def split(self, features: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give the logits twice: with gradients to all but the direction, and to the direction alone.

        Args:
            features: ``(B, F)``, with their graph.
            y: ``(B,)`` int64 labels, or None.

        Returns:
            ``|w| <sg(omega), h> + b`` and ``sg(|w|) <omega, sg(h)>``, both ``(B,)``.
        """
        weight = self.weight(y)
        length, direction = weight.norm(dim=1), normalize(weight, dim=1, eps=TINY)
        logits = (features * direction.detach()).sum(dim=1) * length
        along = (features.detach() * direction).sum(dim=1) * length.detach()
        return (logits if self.dense.bias is None else logits + self.dense.bias), along


def head_of(D: Discriminator, who: str) -> Head:
    """Find the last dense layer of a discriminator, by what it gives for an example.

    Raises:
        RecipeError: the logits are not one number of a dense layer on the features, alone or with a projection of the
            label.
    """
    shown, y = example_verdict(D)
    features, logits = shown["features"], shown["logits"]
    projections: list[Any] = [None, *(module for module in D.modules() if isinstance(module, Projection))]
    with torch.no_grad(), evaluation_mode(D):
        for dense in (module for module in D.modules() if isinstance(module, nn.Linear)):
            if logits.ndim != 1 or features.ndim != 2 or dense.weight.shape != (1, features.shape[1]):
                continue
            for projection in projections:
                if _makes(Head(dense, projection), features, y, logits):
                    return Head(dense, projection)
    raise RecipeError(
        f"{who} normalises the dense layer that makes one logit of the discriminator's features, and "
        f"{type(D).__name__} has none: take one such as dcgan, sngan, sagan or wgan-gp, or leave {who} out"
    )


def _makes(head: Head, features: Tensor, y: Tensor | None, logits: Tensor) -> bool:
    if head.projection is not None and (y is None or head.projection.embed.weight.shape[1] != features.shape[1]):
        return False
    return torch.allclose(head.split(features, y)[0], logits, rtol=1e-3, atol=1e-5)
