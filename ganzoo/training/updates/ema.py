"""The averaged generator that is evaluated."""

import copy

import torch
from torch import Tensor, nn

from ...backend.internals import NormWithStatistics, foreach_copy_, foreach_lerp_, fused_sgd_
from ...interfaces import Generator
from ...layers.terms.evaluation_mode import evaluation_mode

_Pairs = tuple[list[Tensor], list[Tensor]]


class ExponentialMovingAverage:
    """An exponential moving average of the generator (EMA).

    Weights are averaged, and so are the running statistics of normalisation layers, which belong to them;
    every other buffer is copied.

    How far the average moves in a step is a number on the device: a step that is captured once and replayed averages
    with another decay each time.

    Source: arXiv:1806.04498.

    Args:
        live: the generator that is trained.
        part: how far the average moves towards the live generator, 1 - decay, a 0-dim tensor of float32 on its device,
            which is read in each step; with None the live generator is evaluated, and nothing is kept.
    """

    def __init__(self, live: Generator, part: Tensor | None) -> None:
        self.live, self._part = live, part
        self.model = copy.deepcopy(live).requires_grad_(False).eval() if part is not None else live
        if part is None:
            return
        averaged, self._copied = self._pairs()
        self._means = _Means(*averaged)

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
    def follow(self) -> None:
        """Move towards the live generator after its next step."""
        if self._part is None:
            return
        self._means.move(self._part)
        if self._copied[0]:
            foreach_copy_(*self._copied)

    @torch.no_grad()
    def generate(self, z: Tensor, y: Tensor | None) -> Tensor:
        """Samples of the generator that is evaluated, as they play; what it trains with is not disturbed."""
        with evaluation_mode(self.model):
            made: Tensor = self.model.sample(z, y)
            return made

    @property
    def averaged(self) -> Generator | None:
        """The average, in evaluation mode and without gradients; None where the live generator is evaluated."""
        return self.model if self._part is not None else None

    def module(self) -> nn.Module | None:
        """Return what has to be kept in a checkpoint; None where the live generator is evaluated."""
        return self.averaged


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
