"""The averaged generator that is evaluated."""

import copy

import torch
from torch import Tensor, nn

from ..backend.internals import NormWithStatistics, foreach_copy_, foreach_lerp_, fused_sgd_
from ..interfaces import Generator
from ..layers.evaluation_mode import evaluation_mode

_Pairs = tuple[list[Tensor], list[Tensor]]


class ExponentialMovingAverage:
    """An exponential moving average of the generator (EMA).

    Weights are averaged, and so are the running statistics of normalisation layers, which belong to them;
    every other buffer is copied. As in TensorFlow's moving average with ``num_updates``, the decay starts
    low, ``min(decay, (1 + t) / (10 + t))``, so that the first steps do not weigh on a short run.

    The decay is a number on the device, and so is the count of steps that it is made of: a step that is captured
    once and replayed averages with another decay each time.

    Source: arXiv:1806.04498.

    Args:
        decay: in [0, 1); with 0 the live generator is evaluated, and nothing is kept.
    """

    def __init__(self, live: Generator, decay: float) -> None:
        self.live, self.decay = live, decay
        self.model = copy.deepcopy(live).requires_grad_(False).eval() if decay else live
        if not decay:
            return
        averaged, self._copied = self._pairs()
        self._means = _Means(*averaged)
        device = next(live.parameters()).device
        # 1 + t and 10 + t, and 1 - decay as a float32: what Python's own doubles would give, to the last bit.
        self._warming = torch.tensor([0.0, 9.0], dtype=torch.float64, device=device)
        self._one = torch.ones((), dtype=torch.float64, device=device)
        self._least = torch.tensor(1 - decay, dtype=torch.float64, device=device)
        self._weight = torch.ones((), device=device)

    def _pairs(self) -> tuple[_Pairs, _Pairs]:
        averaged: _Pairs = (list(self.model.parameters()), list(self.live.parameters()))
        copied: _Pairs = ([], [])
        for mine, theirs in zip(self.model.modules(), self.live.modules(), strict=True):
            for (_, a), (_, b) in zip(
                mine.named_buffers(recurse=False), theirs.named_buffers(recurse=False), strict=True
            ):
                pairs = averaged if isinstance(mine, NormWithStatistics) and a.is_floating_point() else copied
                pairs[0].append(a)
                pairs[1].append(b)
        return averaged, copied

    @torch.no_grad()
    def goes_on(self, steps: int) -> None:
        """Go on after so many steps of the live generator."""
        if self.decay:
            self._warming.copy_(torch.tensor([0.0, 9.0], dtype=torch.float64) + steps)

    @torch.no_grad()
    def follow(self) -> None:
        """Move towards the live generator after its next step."""
        if not self.decay:
            return
        self._warming.add_(1)
        rest = torch.addcdiv(self._one, self._warming[0], self._warming[1], value=-1)
        torch.maximum(rest, self._least, out=self._weight)
        self._means.move(self._weight)
        if self._copied[0]:
            foreach_copy_(*self._copied)

    @torch.no_grad()
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Images of the generator that is evaluated, ``(B, C, H, W)``; what it trains with is not disturbed."""
        with evaluation_mode(self.model):
            return self.model(z, y)

    def module(self) -> nn.Module | None:
        """Return what has to be kept in a checkpoint; None where the live generator is evaluated."""
        return self.model if self.decay else None


class _Means:
    """Moves many tensors towards others, all by the same part of the way, which is a number on the device.

    On a GPU ``_foreach_lerp_`` takes such a number only tensor by tensor. Plain descent does the same in one kernel:
    along the gradient of half the squared distance, ``mine - theirs``, with the part as the learning rate.
    """

    def __init__(self, mine: list[Tensor], theirs: list[Tensor]) -> None:
        self._single: tuple[list[Tensor], list[Tensor]] = ([], [])
        self._many: dict[torch.dtype, tuple[list[Tensor], list[Tensor]]] = {}
        for a, b in zip(mine, theirs, strict=True):
            b = b.detach()
            at_once = a.is_cuda and a.is_floating_point() and a.stride() == b.stride() and _is_dense(a)
            pairs = self._many.setdefault(a.dtype, ([], [])) if at_once else self._single
            pairs[0].append(a)
            pairs[1].append(b)

    def move(self, part: Tensor) -> None:
        """Go so far of the way: 0 is nowhere, 1 all of it."""
        for mine, theirs in self._many.values():
            descend(mine, theirs, part)
        if self._single[0]:
            foreach_lerp_(*self._single, [part.to(a.dtype) for a in self._single[0]])


def descend(mine: list[Tensor], theirs: list[Tensor], part: Tensor) -> None:
    """``mine += part * (theirs - mine)``, by the step of SGD with ``-theirs`` as gradients and a weight decay of 1."""
    fused_sgd_(
        mine,
        theirs,
        [],
        weight_decay=1.0,
        momentum=0.0,
        lr=part,
        dampening=0.0,
        nesterov=False,
        maximize=True,
        is_first_step=False,
    )


def _is_dense(tensor: Tensor) -> bool:
    return bool(torch.ops.aten.is_non_overlapping_and_dense(tensor))
