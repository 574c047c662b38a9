"""Batch statistics over all ranks, for layers that know nothing of ranks."""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from ...backend.internals import BatchNorm, check_input_dim
from ...layers.whole_batch import Ranks, current, stacked


def synchronise(modules: Iterable[nn.Module]) -> None:
    """Let every batch normalisation in these modules normalise by the whole batch in steps that ranks play.

    State dicts and what the layers do elsewhere stay as they are. Where ``torch.nn.SyncBatchNorm`` has no second
    derivative and no form for a CPU, this is made of operations that have both.
    """
    layers = [layer for module in modules for layer in module.modules() if isinstance(layer, BatchNorm)]
    for layer in layers:
        vars(layer)["forward"] = MethodType(_forward, layer)  # a method, so that a copy of the layer has its own


def _forward(layer: BatchNorm, x: Tensor) -> Tensor:
    ranks = current()
    by_batch = layer.training or (layer.running_mean is None and layer.running_var is None)
    if ranks is None or not by_batch:
        return type(layer).forward(layer, x)
    check_input_dim(layer, x)
    return _normalised(layer, x, ranks)


def _normalised(layer: BatchNorm, x: Tensor, ranks: Ranks) -> Tensor:
    """``(B, C, ...)`` -> the same, as ``torch.nn.functional.batch_norm`` gives it for the whole batch."""
    wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    rest = [d for d in range(x.ndim) if d != 1]
    own = torch.stack((wide.mean(dim=rest), wide.var(dim=rest, correction=0)))
    means, variances = stacked(own, ranks).unbind(dim=1)  # every rank has as many rows
    mean = means.mean(dim=0)
    variance = variances.mean(dim=0) + (means - mean).square().mean(dim=0)
    if layer.training and layer.track_running_stats:
        _follow(layer, mean.detach(), variance.detach(), ranks.count * (x.numel() // x.shape[1]))
    shape = [1, -1, *[1] * (x.ndim - 2)]
    scale = (variance + layer.eps).rsqrt()
    if layer.weight is not None:
        scale = scale * layer.weight
    y = (wide - mean.view(shape)) * scale.view(shape)
    if layer.bias is not None:
        y = y + layer.bias.view(shape)
    return y.to(x.dtype)


@torch.no_grad()
def _follow(layer: BatchNorm, mean: Tensor, variance: Tensor, n: int) -> None:
    """Move the running statistics towards those of a batch with ``n`` values a channel."""
    if layer.num_batches_tracked is not None:
        layer.num_batches_tracked.add_(1)
    share: Any = layer.momentum
    if layer.momentum is None and layer.num_batches_tracked is not None:
        share = 1 / layer.num_batches_tracked.to(mean.dtype)
    if layer.running_mean is not None:
        layer.running_mean.lerp_(mean.to(layer.running_mean.dtype), share)
    if layer.running_var is not None:
        layer.running_var.lerp_((variance * (n / max(n - 1, 1))).to(layer.running_var.dtype), share)
