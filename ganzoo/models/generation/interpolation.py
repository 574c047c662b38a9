"""Samples on the way from one latent to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...api.arguments import whole
from ...bench.runs.evaluation.pictures import between
from ...errors import GanzooError
from ...interfaces import MappedGenerator
from ...samples import Sample, each, leaves, size
from ..sample_sets.samples import Samples
from ..trained import Trained
from .conditions import Labels, conditions_for
from .label_blend import blended, require_blendable
from .latents import MeanStyles, block_size, drawn, seed_of, truncation_of

Kind = Literal["slerp", "lerp"]
Space = Literal["z", "w"]
End = int | Tensor | np.ndarray
"""An end of a way: a seed, which stands for the first sample of it; or a latent, or a style."""
Ends = Sequence[End] | Sequence[tuple[End, End]]
Pair = tuple[Sample, Sample]
"""Labels ``(P,)``, or other conditions, at the beginnings of P ways, and at their ends."""


def interpolate(
    trained: Trained,
    ends: Ends,
    *,
    steps: int,
    y: Labels | tuple[int | str, int | str],
    kind: Kind | None,
    space: Space | None,
    truncation: float | None,
) -> Samples:
    """Draw ``steps`` samples on each way, both ends among them; see ``Model.interpolate``.

    Raises:
        GanzooError: the generator cannot draw what is asked for.
    """
    if not trained.generator.z_dim:
        raise GanzooError(f"{trained.name} has no latents to go between: its samples follow from their conditions")
    space, kind = _space_and_kind(trained, space, kind, truncation)
    truncation = truncation_of(trained, truncation)
    if (steps := whole(steps, "steps")) < 2:
        raise GanzooError(f"a way has both of its ends, so 2 or more steps, not {steps}")
    pairs = _pairs(ends, classes=isinstance(y, tuple))
    labels = _labels(trained, y, len(pairs))
    if space == "w" and trained.mapped is not None:
        return _along_styles(trained, trained.mapped, pairs, labels, steps, truncation)
    start, end = (torch.stack([_latent(trained, pair[at]) for pair in pairs]) for at in (0, 1))
    shares = torch.linspace(0, 1, steps).tolist()
    if kind == "slerp":
        rows = [between(start, end, share) for share in shares]
    else:
        rows = [torch.lerp(start, end, share) for share in shares]
    return _along_latents(trained, torch.stack(rows, dim=1).flatten(0, 1), labels, steps)


def _along_styles(
    trained: Trained,
    G: MappedGenerator,
    pairs: Sequence[tuple[End, End]],
    labels: Pair | None,
    steps: int,
    psi: float | None,
) -> Samples:
    """Go straight from style to style, and from label to label with them."""
    device = trained.device
    means = MeanStyles(G, device) if psi is not None else None

    @torch.no_grad()
    def style(end: End, y: Tensor | None) -> Tensor:
        if isinstance(end, Tensor) and end.ndim > 1 and len(end) > 1:
            return end.to(device)
        label = None if y is None else y.to(device)[None]
        w = G.map(_latent(trained, end)[None].to(device), label)
        return (w if means is None else means.truncated(w, label, psi))[0]

    def styles(at: int) -> Tensor:
        told = leaves(None if labels is None else labels[at])
        return torch.stack([style(pair[at], told[0][i] if told else None) for i, pair in enumerate(pairs)])

    share = torch.linspace(0, 1, steps, device=device).view(1, -1, 1, 1)
    w = torch.lerp(styles(0)[:, None], styles(1)[:, None], share).flatten(0, 1)
    data = _in_batches(trained, len(w), lambda part: G.synthesise(w[part]))
    y, classes = _kept(trained, labels, steps)
    return Samples(data, y=y, w=w.cpu(), classes=classes, columns=steps, modality=trained.modality)


def _along_latents(trained: Trained, z: Tensor, labels: Pair | None, steps: int) -> Samples:
    """Draw the samples of latents, and go from label to label with them where a generator can."""
    device, G, modality = trained.device, trained.generator, trained.modality
    there = z.to(device)
    if labels is None:
        data = _in_batches(trained, len(z), lambda part: G.sample(there[part], None))
        return Samples(data, z=z, columns=steps, modality=modality)
    y, y_end = (each(lambda one: one.repeat_interleave(steps, dim=0).to(device), label) for label in labels)
    kept, classes = _kept(trained, labels, steps)
    if kept is not None:
        data = _in_batches(trained, len(z), lambda part: G.sample(there[part], each(lambda one: one[part], y)))
        return Samples(data, y=kept, z=z, classes=classes, columns=steps, modality=modality)
    require_blendable(trained, there[:1], y[:1], y_end[:1])
    share = torch.linspace(0, 1, steps, device=device).repeat(size(labels[0]))

    def make(part: slice) -> Sample:
        with blended(G, len(trained.classes), y_end[part], share[part]):
            made: Sample = G.sample(there[part], y[part])
            return made

    return Samples(_in_batches(trained, len(z), make), z=z, columns=steps, modality=modality)


def _kept(trained: Trained, labels: Pair | None, steps: int) -> tuple[Sample | None, tuple[str, ...]]:
    """Return the labels of the samples with their names, where they stay the same on each way."""
    if labels is None or not all(map(torch.equal, leaves(labels[0]), leaves(labels[1]))):
        return None, ()
    kept: Sample = each(lambda label: label.repeat_interleave(steps, dim=0), labels[0])
    return kept, trained.classes


def _in_batches(trained: Trained, n: int, make: Callable[[slice], Sample]) -> Sample:
    block = block_size(trained)
    parts = [trained.at_rest(partial(make, slice(at, at + block))) for at in range(0, n, block)]
    data: Sample = each(lambda *tensors: torch.cat(tensors), *parts)
    return data


def _space_and_kind(
    trained: Trained, space: Space | None, kind: Kind | None, truncation: float | None
) -> tuple[Space, Kind]:
    if kind not in (None, "slerp", "lerp") or space not in (None, "z", "w"):
        raise GanzooError(f"a way is 'slerp' or 'lerp' through 'z' or 'w', not {kind!r} through {space!r}")
    if space is None:
        space = "w" if trained.mapped is not None and kind != "slerp" else "z"
    if space == "w" and trained.mapped is None:
        raise GanzooError(f"{trained.name} maps its latents to no styles: there is no w to go through; take z")
    if space == "w" and kind == "slerp":
        raise GanzooError("styles lie on no sphere: 'slerp' goes through z; take lerp for w")
    if space == "z" and truncation is not None:
        raise GanzooError("only styles are truncated on a way: truncation goes with w")
    return space, kind or ("lerp" if space == "w" else "slerp")


def _pairs(ends: Ends, *, classes: bool) -> list[tuple[End, End]]:
    """Give both ends of each way: those of pairs, or of neighbours; a lone end goes from class to class."""
    listed = [*ends] if isinstance(ends, Iterable) and not isinstance(ends, str) else []
    if listed and all(isinstance(one, tuple) and len(one) == 2 for one in listed):
        return [(one[0], one[1]) for one in listed if isinstance(one, tuple)]
    plain: list[End] = [one for one in listed if not isinstance(one, tuple)]
    if len(plain) == 1 and classes:
        return [(plain[0], plain[0])]
    if len(plain) < 2 or len(plain) != len(listed):
        raise GanzooError("a way needs two ends: give two seeds or more, or pairs of seeds")
    return list(pairwise(plain))


def _labels(trained: Trained, y: Labels | tuple[int | str, int | str], ways: int) -> Pair | None:
    """Return the labels at both ends of each way; None for a generator that is told none."""
    ends = y if isinstance(y, tuple) else (y, y)
    if len(ends) != 2:
        raise GanzooError(f"a way leads from one class to another: give two, not {len(ends)}")
    first, last = (conditions_for(trained, one, ways)(0, ways) for one in ends)
    return None if first is None or last is None else (first, last)


def _latent(trained: Trained, end: End) -> Tensor:
    """Return the latent ``(z_dim,)`` of an end, on the CPU."""
    if isinstance(end, np.ndarray) and end.ndim:
        end = torch.from_numpy(end)
    if not (isinstance(end, Tensor) and end.ndim):
        return next(drawn(trained, 1, seed_of(end)))[0]
    z = end.cpu().to(torch.float32).flatten()
    if len(z) != trained.generator.z_dim:
        raise GanzooError(f"a latent of {trained.name} has {trained.generator.z_dim:,} numbers, not {len(z):,}")
    return z
