"""Phase shuffle."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PhaseShuffle(nn.Module):
    """Shift the activations of each sample by a whole number from -n to n, all alike; its ends are mirrored.

    So the discriminator cannot tell fakes by the phase of artefacts. Nothing is shifted in evaluation mode.

    Source: arXiv:1802.04208, sec. 3.3.
    Departs: each sample of a batch has a draw of its own; the authors' code has one a batch.

    Args:
        n: the most that is shifted, in places of the layer; 0 for nothing.
    """

    def __init__(self, n: int = 2) -> None:
        super().__init__()
        self.n = n

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, T)``, T above n -> the same shape."""
        if not self.training or not self.n:
            return x
        return shifted(x, torch.randint(-self.n, self.n + 1, (len(x),), device=x.device))


def shifted(x: Tensor, by: Tensor) -> Tensor:
    """Shift ``x (B, C, T)`` to later places by ``by (B,)``, of which each is nearer to 0 than T; the ends mirror it."""
    last = x.shape[2] - 1
    at = (torch.arange(x.shape[2], device=x.device) - by[:, None]).abs()
    at = torch.minimum(at, 2 * last - at)
    return x.gather(2, at[:, None].expand_as(x))
