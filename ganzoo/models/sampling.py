"""Samples of a generator, batch after batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..api.arguments import whole
from ..errors import GanzooError
from ..storage.memory import free_memory
from .conditions import Labels, labels_for
from .latents import MeanStyles, block_size, drawn, seed_of, truncation_of
from .samples import Samples
from .trained import Trained

_LABEL_BYTES = 16  # of a label, and of its index


def batches(
    trained: Trained,
    n: int,
    *,
    y: Labels = None,
    seed: int = 0,
    truncation: float | None = None,
    batch: int | None = None,
    held: bool = True,
) -> Iterator[Samples]:
    """Draw ``n`` samples, so many at a time, so that any number fits into memory.

    The arguments are those of ``Model.sample``. What is asked for is checked at once, before the first batch is taken.

    Raises:
        GanzooError: the generator cannot draw what is asked for.
    """
    n, seed = whole(n, "n", 1), seed_of(seed)
    size = block_size(trained) if batch is None else whole(batch, "batch", 1)
    truncation = truncation_of(trained, truncation)
    if trained.conditional:
        require_memory(n * _LABEL_BYTES, f"the labels of {n:,} samples", "draw fewer")
    return _batches(trained, n, labels_for(trained, y, n), seed, truncation, size, held)


def sampled(trained: Trained, n: int, **asked: Any) -> Samples:
    """Draw ``n`` samples into memory; the rest is as in ``batches``.

    Raises:
        GanzooError: the generator cannot draw what is asked for, or memory does not hold as many.
    """
    n = whole(n, "n", 1)
    each = math.prod(trained.shape) * (4 if trained.points else 1) + 4 * trained.generator.z_dim + _LABEL_BYTES
    # They are there in batches, and joined.
    require_memory(2 * n * each, f"{n:,} samples", "take them batch after batch, from Model.batches")
    return Samples.joined(list(batches(trained, n, **asked)))


def require_memory(size: int, what: str, instead: str) -> None:
    """Refuse to draw what takes more memory than there is.

    Args:
        size: in bytes.
        what: begins the error's sentence.
        instead: ends it: what does fit.

    Raises:
        GanzooError: with the size and what is free.
    """
    free = free_memory()
    if free is not None and size > free:
        raise GanzooError(
            f"{what} take {size / 2**30:,.2f} GiB in memory, and {free / 2**30:,.2f} GiB is free: {instead}"
        )


def _batches(
    trained: Trained, n: int, labels: Tensor | None, seed: int, truncation: float | None, size: int, held: bool
) -> Iterator[Samples]:
    mapped = trained.mapped
    means = MeanStyles(mapped, trained.device) if mapped is not None and truncation is not None else None
    threshold = truncation if mapped is None else None
    for part, z in enumerate(regrouped(drawn(trained, n, seed, threshold), size)):
        y = None if labels is None else labels[part * size : part * size + len(z)]
        yield rendered(trained, z, y, means, truncation, part=part, held=held)


def rendered(
    trained: Trained,
    z: Tensor,
    y: Tensor | None,
    means: MeanStyles | None = None,
    psi: float | None = None,
    *,
    part: int = 0,
    held: bool = True,
) -> Samples:
    """Make the samples of latents.

    Args:
        trained: the generator.
        z: ``(B, z_dim)`` on the CPU.
        y: ``(B,)`` labels on the CPU, or None.
        means: mean styles, where the styles are truncated.
        psi: by how much they are, see ``MeanStyles``.
        part: see ``Trained.at_rest``.
        held: see ``Trained.at_rest``.
    """
    there, label = z.to(trained.device), None if y is None else y.to(trained.device)

    def make() -> Tensor:
        if means is None or trained.mapped is None:
            return trained.generator(there, label)
        return trained.mapped.synthesise(means.truncated(trained.mapped.map(there, label), label, psi))

    data = trained.at_rest(make, part=part, held=held)
    return Samples(data, y=y, z=z, classes=trained.classes if trained.conditional else ())


def regrouped(blocks: Iterator[Tensor], size: int) -> Iterator[Tensor]:
    """Give the rows of tensors in tensors of ``size`` rows, of which the last one may have fewer."""
    waiting: list[Tensor] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += len(block)
        while rows >= size:
            whole = torch.cat(waiting)
            yield whole[:size]
            waiting, rows = [whole[size:]], rows - size
    if rows:
        yield torch.cat(waiting)
