"""Gradients of a loss by single rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

from ganzoo.errors import RecipeError, first_line
from ganzoo.interfaces import Turn
from ganzoo.layers import FunctionalDiscriminator
from ganzoo.samples import Sample, each, pick, size

from .lots import Lot

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Clipped:
    """The sum of clipped gradients.

    Attributes:
        loss: the mean over the rows that were looked at, a scalar without a graph.
        sums: by the names of D's weights.
    """

    loss: Tensor
    sums: Weights


def clipped_sum(turn: Turn, real: Sample, fake: Sample, *, clip: float, lot: Lot, at_once: int, by: str) -> Clipped:
    """Add up the gradients of D's loss in turns of one real and one fake sample each, clipped to a length.

    The gradient of a row whose length is no finite number counts as zero.

    Args:
        turn: of the discriminator, as it was dealt.
        real: without a graph, ``(B, ...)``.
        fake: likewise, as many.
        clip: the most that a gradient of a row is long, over all weights of D; infinity for no limit.
        lot: chooses the rows that count.
        at_once: for how many rows gradients are held.
        by: ``batch``, many rows at once, or ``row``, one after the other.

    Raises:
        RecipeError: D or the loss cannot be differentiated by rows so.
    """
    chosen, counts = lot.drawn(size(real), turn.rng)
    if chosen is not None:
        real, fake = pick(real, chosen), pick(fake, chosen)
    turn = turn.replace()
    turn.second_order = False  # that is of other terms: rows are differentiated in weights alone
    weights = {name: weight.detach() for name, weight in turn.dealt_D.named_parameters() if weight.requires_grad}
    sums = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    losses = []
    for begin in range(0, size(real), at_once):
        place = slice(begin, begin + at_once)
        found, loss = row_gradients(turn, weights, _cut(real, place), _cut(fake, place), by=by)
        share = shares(found, clip) if counts is None else shares(found, clip) * counts[place]
        for name, gradients in found.items():
            sums[name] += torch.einsum("b,b...->...", share, gradients.nan_to_num(0, 0, 0))
        losses.append(loss)
    return Clipped(torch.cat(losses).mean(), sums)


def _cut(sample: Sample, place: slice) -> Sample:
    cut: Sample = each(lambda tensor: tensor[place], sample)
    return cut


def shares(gradients: Weights, clip: float) -> Tensor:
    """Return what is left of each row's gradient, ``(B,)``: min(1, clip / length), and 0 where that is not finite."""
    squares = [g.flatten(1).square().sum(dim=1) for g in gradients.values()]
    norms = torch.stack(squares).sum(dim=0).sqrt()
    return torch.where(norms.isfinite(), (clip / norms).clamp(max=1), 0)


def row_gradients(turn: Turn, weights: Weights, real: Sample, fake: Sample, *, by: str) -> tuple[Weights, Tensor]:
    """Return the gradient of D's loss by each pair of a real and a fake sample, and the losses.

    Args:
        turn: of the discriminator, as it was dealt.
        weights: of D, by name.
        real: ``(B, ...)``.
        fake: likewise.
        by: see ``clipped_sum``.

    Returns:
        gradients by name, ``(B, ...)`` each, and losses ``(B,)``.

    Raises:
        RecipeError: see ``clipped_sum``.
    """

    def of_one(weights: Weights, real: Any, fake: Any) -> Tensor:
        alone = {name: each(lambda tensor: tensor[None], one) for name, one in (("real", real), ("fake", fake))}
        return turn.replace(D=FunctionalDiscriminator(turn.dealt_D, weights), **alone).d_loss()

    if by == "row":
        return _one_by_one(of_one, weights, real, fake)
    try:
        found, losses = vmap(grad_and_value(of_one), in_dims=(None, 0, 0))(weights, real, fake)
    except RuntimeError as error:
        raise RecipeError(
            f"dp-sgd cannot differentiate many rows at once here: {first_line(error)}; take dp-sgd.by=row where "
            "D draws nothing, or another discriminator"
        ) from error
    return found, losses


def _one_by_one(of_one: Callable[..., Tensor], weights: Weights, real: Sample, fake: Sample) -> tuple[Weights, Tensor]:
    found: dict[str, list[Tensor]] = {name: [] for name in weights}
    losses = []
    held = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
    for one in _rows(real, fake):
        with torch.enable_grad():
            loss = of_one(held, *one)
            gradients = torch.autograd.grad(loss, list(held.values()), allow_unused=True)
        for (name, weight), gradient in zip(held.items(), gradients, strict=True):
            found[name].append(torch.zeros_like(weight) if gradient is None else gradient)
        losses.append(loss.detach())
    return {name: torch.stack(rows) for name, rows in found.items()}, torch.stack(losses)


def _rows(*samples: Sample) -> Iterator[tuple[Sample, ...]]:
    for row in range(size(samples[0])):
        yield tuple(each(lambda tensor, row=row: tensor[row], sample) for sample in samples)
