"""One-hot vectors on the device."""

from __future__ import annotations

import torch
from torch import Tensor


def one_hot(index: Tensor, k: int) -> Tensor:
    """Return ``(B,)`` indices below ``k`` as ``(B, k)`` float32; torch's own looks at the values, as no turn may."""
    return (index[:, None] == torch.arange(k, device=index.device)).float()
