"""Images on the way from real to fake ones."""

from __future__ import annotations

import torch
from torch import Tensor

from ..interfaces import Turn


def interpolate_real_fake(turn: Turn) -> Tensor:
    """Images drawn uniformly on the line between a real and a fake one, one draw for each pair.

    Source: arXiv:1704.00028, alg. 1.

    Returns:
        ``(B, C, H, W)``, a leaf that requires grad.
    """
    real, fake = turn.real.detach(), turn.fake.detach()
    share = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype, generator=turn.rng)
    return torch.lerp(real, fake, share).requires_grad_()
