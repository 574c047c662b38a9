"""Projection onto a generator: its latent is moved by gradient descent until the sample is that of a target."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from ...api.arguments import number, whole
from ...backend.precision import without_tf32
from ...bench.runs.generating.session import PICTURES
from ...errors import GanzooError
from ...layers import to_unit
from ...layers.blocks.noise import held_noise
from ...seeds import stream
from ...training.execution.layers import seeded_layers
from ..generation.conditions import Labels, labels_for
from ..generation.latents import drawn, seed_of
from ..sample_sets.samples import Samples
from ..trained import Trained
from .distances import distance
from .losses import Loss
from .projection import Projection

CANDIDATES = 512  # samples that the beginnings are chosen from
_RAMP_UP, _RAMP_DOWN = 0.05, 0.25  # shares of the steps in which the rate rises, and falls


@dataclass(frozen=True)
class _Way:
    """Beginnings that are moved, with all that moves them.

    Attributes:
        begin: ``(K, ...)`` numbers that are moved.
        draw: samples as they play, of latents or styles.
        reached: gives the latents or styles that moved numbers stand for.
        low: the least value that one may take, or None.
        high: the largest, or None.
    """

    begin: Tensor
    draw: Callable[[Tensor], Tensor]
    reached: Callable[[Tensor], Tensor] = lambda moved: moved
    low: float | None = None
    high: float | None = None


def project(
    trained: Trained, target: Tensor, *, steps: int, restarts: int, y: Labels, seed: int, rate: float, loss: Loss
) -> Projection:
    """Move latents of a generator towards a target; see ``Model.project``.

    Args:
        trained: the generator.
        target: ``(1, C, H, W)`` at rest.
        steps: of Adam.
        restarts: how many beginnings are moved.
        y: the class; None for that of the nearest candidates.
        seed: of the candidates.
        rate: the learning rate.
        loss: that is made small; beginnings are chosen by the distance over pixels.

    Raises:
        GanzooError: a number is out of range, or the generator's samples are no numbers.
    """
    steps, restarts = whole(steps, "steps", 1), whole(restarts, "restarts", 1, CANDIDATES)
    seed, rate = seed_of(seed), number(rate, "rate")
    if rate <= 0:
        raise GanzooError(f"the rate of a projection is above 0, not {rate}")
    aim = to_unit(target).to(trained.device)
    z, label = _nearest(trained, aim, y, seed, restarts)
    way = _way(trained, z, label)
    found, curve = _descend(trained, way, loss.to(aim), steps, rate)
    best = int(curve.min(dim=1).values.argmin())
    chosen = found[best : best + 1]
    y_best = None if label is None else label[best : best + 1]
    data = trained.at_rest(lambda: _way(trained, z[best : best + 1], y_best).draw(chosen))
    styled = trained.mapped is not None
    classes = trained.classes if y_best is not None else ()
    z_best, w_best = (None, chosen.cpu()) if styled else (chosen.cpu(), None)
    label = None if y_best is None else y_best.cpu()
    samples = Samples(data, y=label, z=z_best, w=w_best, classes=classes, modality=trained.modality)
    return Projection(target, samples, float(curve[best].min()), curve, loss.name)


def _nearest(trained: Trained, aim: Tensor, y: Labels, seed: int, restarts: int) -> tuple[Tensor, Tensor | None]:
    """Return the latents, and labels, of those candidates whose samples are nearest."""
    labels = labels_for(trained, y, CANDIDATES)
    z = torch.cat(list(drawn(trained, CANDIDATES, seed))).to(trained.device)
    there = None if labels is None else labels.to(trained.device)
    found = []
    with torch.no_grad(), _still(trained):
        for at in range(0, CANDIDATES, 64):
            part = slice(at, at + 64)
            found.append(distance(trained.generator.sample(z[part], None if there is None else there[part]), aim))
    far = torch.cat(found)
    if not bool(far.isfinite().all()):
        raise GanzooError(f"{trained.source}: the generator's images hold NaN or infinite values")
    order = far.argsort(stable=True)[:restarts]
    return z[order], None if there is None else there[order]


def _way(trained: Trained, z: Tensor, y: Tensor | None) -> _Way:
    """Move styles where the generator has them, all layers by the same step; else latents, within what is drawn.

    Source: arXiv:1912.04958, app. D, where one style is that of all layers.
    Departs: no noise is added to the style, and the noise of the maps stays as it is held.
    """
    G = trained.generator
    if (mapped := trained.mapped) is not None:
        with torch.no_grad():
            w = mapped.map(z, y)
        return _Way(torch.zeros_like(w[:, :1]), mapped.synthesise, reached=lambda step: w + step)
    drawn_z = torch.cat(list(drawn(trained, 1024, 0)))
    return _Way(z, lambda z: G.sample(z, y), low=float(drawn_z.min()), high=float(drawn_z.max()))


def _descend(
    trained: Trained, way: _Way, far_from_aim: Callable[[Tensor], Tensor], steps: int, rate: float
) -> tuple[Tensor, Tensor]:
    """Return the best latents, or styles, of each beginning, and its distances ``(K, steps + 1)`` on the CPU."""
    moved = way.begin.clone().requires_grad_()
    adam = torch.optim.Adam([moved], lr=rate, betas=(0.9, 0.999))
    best, nearest = way.begin.clone(), torch.full((len(way.begin),), math.inf, device=moved.device)
    curve = []
    with _still(trained):
        for step in range(steps + 1):
            far = far_from_aim(way.draw(way.reached(moved)))
            if not far.requires_grad:
                raise GanzooError(f"{trained.name} cannot be projected onto: its samples have no slope in the latent")
            now = far.detach()
            better = now < nearest
            nearest = torch.where(better, now, nearest)
            best = torch.where(better.view(-1, *[1] * (best.ndim - 1)), moved.detach(), best)
            curve.append(now)
            if step == steps:
                break
            for group in adam.param_groups:
                group["lr"] = rate * _share(step / steps)
            (moved.grad,) = torch.autograd.grad(far.sum(), [moved])
            adam.step()
            with torch.no_grad():
                if way.low is not None:
                    moved.clamp_(way.low, way.high)
    return way.reached(best), torch.stack(curve, dim=1).cpu()


def _share(t: float) -> float:
    """Give the share of the learning rate at ``t`` in [0, 1] of the steps.

    Source: arXiv:1912.04958, app. D: it rises in 5 % of the steps, and falls along a cosine in the last 25 %.
    """
    up = min(1.0, t / _RAMP_UP)
    down = min(1.0, (1.0 - t) / _RAMP_DOWN)
    return max(1e-3, up) * (0.5 - 0.5 * math.cos(math.pi * down))


@contextmanager
def _still(trained: Trained) -> Iterator[None]:
    """Hold all that is random in a generator, so that a sample is a function of its latent."""
    layers = seeded_layers(stream(0, "layers", 1 + PICTURES), trained.device)
    with without_tf32(), held_noise(trained.generator), layers:
        yield
