"""The averaged generator that is evaluated."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from ..interfaces import Generator


class Average:
    """An exponential moving average of the generator (EMA).

    Weights are averaged, and so are the running statistics of normalisation layers, which belong to them;
    every other buffer is copied. As in TensorFlow's moving average with ``num_updates``, the decay starts
    low, ``min(decay, (1 + t) / (10 + t))``, so that the first steps do not weigh on a short run.

    Source: arXiv:1806.04498.

    Args:
        decay: in [0, 1); with 0 the live generator is evaluated, and nothing is kept.
    """

    def __init__(self, live: Generator, decay: float) -> None:
        self.live, self.decay = live, decay
        self.model = copy.deepcopy(live).requires_grad_(False).eval() if decay else live
        self._averaged, self._copied = self._pairs() if decay else (([], []), ([], []))

    def _pairs(self) -> tuple[tuple[list, list], tuple[list, list]]:
        averaged: tuple[list, list] = (list(self.model.parameters()), list(self.live.parameters()))
        copied: tuple[list, list] = ([], [])
        for mine, theirs in zip(self.model.modules(), self.live.modules(), strict=True):
            for (_, a), (_, b) in zip(
                mine.named_buffers(recurse=False), theirs.named_buffers(recurse=False), strict=True
            ):
                pairs = averaged if isinstance(mine, _NormBase) and a.is_floating_point() else copied
                pairs[0].append(a)
                pairs[1].append(b)
        return averaged, copied

    def _warming(self, step: int) -> float:
        return (1 + step) / (10 + step)

    def steady(self, step: int) -> bool:
        """Whether the decay no longer changes with the step, from the ``step``-th on."""
        return self._warming(step) >= self.decay

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move towards the live generator after its ``step``-th step, counted from 0."""
        if not self.decay:
            return
        decay = min(self.decay, self._warming(step))
        torch._foreach_lerp_(self._averaged[0], [p.detach() for p in self._averaged[1]], 1 - decay)
        if self._copied[0]:
            torch._foreach_copy_(*self._copied)

    @torch.no_grad()
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)``; what it trains with is not disturbed."""
        training = [module for module in self.model.modules() if module.training]
        self.model.eval()
        try:
            return self.model(z, y)
        finally:
            for module in training:  # each its own: a part may keep some of its modules in evaluation mode
                module.training = True

    def module(self) -> nn.Module | None:
        """What has to be kept in a checkpoint; None where the live generator is evaluated."""
        return self.model if self.decay else None
