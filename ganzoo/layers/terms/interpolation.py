"""Samples on the way from real to fake ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ...interfaces import Turn
from ...samples import along, detached, differentiable, each
from .draws import one_draw_each


def interpolate_real_fake(turn: Turn) -> Any:
    """Samples drawn uniformly on the line between a real and a fake one, one draw for each pair.

    All tensors of a pair share its draw. What has no numbers between, such as whole numbers, is the real sample's.

    Source: arXiv:1704.00028, alg. 1.

    Returns:
        A sample of the shape of ``turn.real``, whose floating tensors are leaves that require grad.
    """
    real, fake = detached(turn.real), detached(turn.fake)
    share = one_draw_each(real, turn.rng)
    return differentiable(each(partial(_between, share), real, fake))


def _between(share: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    if not real.is_floating_point():
        return real
    return torch.lerp(real, fake, along(share.to(real.dtype), real))
