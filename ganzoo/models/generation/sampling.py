"""Samples of a generator, batch after batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ...api.arguments import whole
from ...errors import GanzooError
from ...samples import Sample, each, leaves
from ...storage.memory import free_memory
from ..sample_sets.samples import Samples
from ..trained import Trained
from .conditions import Conditions, Labels, conditions_for
from .latents import MeanStyles, block_size, drawn, seed_of, truncation_of

_LABEL_BYTES = 16  # of a label, and of its index


def batches(
    trained: Trained,
    n: int,
    *,
    y: Labels = None,
    conditions: Conditions | None = None,
    seed: int = 0,
    truncation: float | None = None,
    batch: int | None = None,
    held: bool = True,
) -> Iterator[Samples]:
    """Draw ``n`` samples, so many at a time, so that any number fits into memory.

    The arguments are those of ``Model.sample``. What is asked for is checked at once, before the first batch is taken.
    ``conditions`` stands in the place of ``y``: it is asked for those of each batch in turn.

    Raises:
        GanzooError: the generator cannot draw what is asked for.
    """
    n, seed = whole(n, "n", 1), seed_of(seed)
    size = block_size(trained) if batch is None else whole(batch, "batch", 1)
    truncation = truncation_of(trained, truncation)
    if conditions is not None:
        return _batches(trained, n, conditions, seed, truncation, size, held)
    if trained.conditional:
        require_memory(n * _LABEL_BYTES, f"the labels of {n:,} samples", "draw fewer")
    return _batches(trained, n, conditions_for(trained, y, n), seed, truncation, size, held)


def sampled(trained: Trained, n: int, **asked: Any) -> Samples:
    """Draw ``n`` samples into memory; the rest is as in ``batches``.

    Raises:
        GanzooError: the generator cannot draw what is asked for, or memory does not hold as many.
    """
    n = whole(n, "n", 1)
    modality = trained.modality
    sample = sum(tensor[:1].nbytes for tensor in leaves(modality.target(modality.example())))
    # They are there in batches, and joined.
    one = sample + 4 * trained.generator.z_dim + _LABEL_BYTES
    require_memory(2 * n * one, f"{n:,} samples", "take them batch after batch, from Model.batches")
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
    trained: Trained, n: int, conditions: Conditions, seed: int, truncation: float | None, size: int, held: bool
) -> Iterator[Samples]:
    mapped = trained.mapped
    means = MeanStyles(mapped, trained.device) if mapped is not None and truncation is not None else None
    threshold = truncation if mapped is None else None
    for part, z in enumerate(regrouped(drawn(trained, n, seed, threshold), size)):
        yield rendered(trained, z, conditions(part * size, len(z)), means, truncation, part=part, held=held)


def rendered(
    trained: Trained,
    z: Tensor,
    y: Sample | None,
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
        y: ``B`` conditions on the CPU, such as labels ``(B,)``, or None.
        means: mean styles, where the styles are truncated.
        psi: by how much they are, see ``MeanStyles``.
        part: see ``Trained.at_rest``.
        held: see ``Trained.at_rest``.
    """
    there, label = z.to(trained.device), each(lambda tensor: tensor.to(trained.device), y)

    def make() -> Sample:
        if means is None or trained.mapped is None:
            made: Sample = trained.generator.sample(there, label)
            return made
        return trained.mapped.synthesise(means.truncated(trained.mapped.map(there, label), label, psi))

    data = trained.at_rest(make, part=part, held=held)
    classes = trained.classes if trained.conditional else ()
    return Samples(data, y=y, z=z, classes=classes, modality=trained.modality)


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
