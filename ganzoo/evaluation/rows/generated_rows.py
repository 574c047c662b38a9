"""Generated samples of any modality, to be compared with real data: of a generator, in memory, or other data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ...bench.results.bench_files.evaluation import EvaluatedSet
from ...bench.runs.generating.conditions import RowsInOrder, are_labels, in_pairs
from ...bench.runs.generating.rows import length, picked, whole
from ...data import DataSet
from ...errors import DataError, MetricError
from ...interfaces import Modality
from ...metrics import BATCH
from ...metrics.seeing import Pairs
from ...models import Model
from ...models.generation.sampling import batches
from ...samples import Sample, each, leaves, size
from ...seeds import stream
from ...text import slug, uncounted
from .real_rows import RealRows, told_of

MOST = 50_000  # samples unless the user says how many
CPU = torch.device("cpu")
_FREQUENT = 11  # the stream of evaluation noise that conditions with the data's frequencies are drawn from


@dataclass(frozen=True)
class GeneratedRows:
    """Samples of a modality that are judged.

    Attributes:
        told: the set, for the result; without a hash where its contents are not known before they are drawn.
        n: how many there are.
        batches: gives them in their order, at rest on the CPU, each time the same.
        paired: each is known to belong to the real one of its place.
        apart: why they cannot be taken for such, the end of a sentence; empty where they can.
    """

    told: EvaluatedSet
    n: int
    batches: Callable[[], Iterator[Sample | Pairs]]
    paired: bool = False
    apart: str = ""


def of_model(model: Model, source: str | None, n: int | None, seed: int | None, real: RealRows) -> GeneratedRows:
    """Return samples of a generator, asked for with the conditions of the real data.

    Conditions that are more than labels are those of the real rows in their order, so that each sample belongs to a
    row; labels are drawn, as frequent as in the real data.

    Args:
        model: the generator.
        source: that it was opened from, in words; None for what it says.
        n: how many; None for as many as there are real rows, 50,000 at most.
        seed: of the noise; None for 0.
        real: as data of the generator's own modality.
    """
    n, seed, paired = n or min(real.n, MOST), seed or 0, in_pairs(model.recipe, model.modality)
    told = EvaluatedSet(
        kind="model",
        name=model.name,
        source=f"{source or model.trained.source} ({model.name}, seed {seed} of the noise)",
        n=n,
        described=f"{n:,} {model.described}",
    )
    drawn = partial(_in_pairs if paired else _with_labels, model, n, seed, real)
    return GeneratedRows(told, n, drawn, paired, "" if paired else "are drawn without those of rows")


def _in_pairs(model: Model, n: int, seed: int, real: RealRows) -> Iterator[Pairs]:
    rows = RowsInOrder(real.modality, real.fields, CPU)
    targets: list[Sample] = []

    def conditions(at: int, k: int) -> Sample | None:
        y, target = rows.take(k)
        targets.append(target)
        return y

    for samples in batches(model.trained, n, conditions=conditions, seed=seed, batch=BATCH, held=False):
        yield Pairs(samples.data, targets.pop())


def _with_labels(model: Model, n: int, seed: int, real: RealRows) -> Iterator[Sample]:
    modality, fields = real.modality, real.fields
    deal, rng = modality.deal(fields, 0), torch.Generator().manual_seed(stream(seed, "evaluation", _FREQUENT))

    def conditions(at: int, k: int) -> Sample | None:
        if not model.recipe.conditional:
            return None
        y = modality.condition(picked(fields, deal.by, deal.draw(k, rng), CPU))
        if y is None:
            raise MetricError(f"{model.name} is told labels, and {real.data.name} has none: name data with labels")
        return y

    for samples in batches(model.trained, n, conditions=conditions, seed=seed, batch=BATCH, held=False):
        yield samples.data


def of_data(data: DataSet, kind: str, fields: Mapping[str, Tensor], real: RealRows) -> GeneratedRows:
    """Return data at rest, of the real ones' modality, as if they had been generated."""
    n = length(real.modality, fields)

    return _in_order(told_of(data, kind, n), n, lambda: _targets(real.modality, fields, n), real)


def of_samples(sample: Sample, y: Sample | None, kind: str, source: str, real: RealRows) -> GeneratedRows:
    """Return samples at rest that are in memory.

    Args:
        sample: ``n`` of them, on the CPU.
        y: the conditions that they were asked for with, as they play; None where these are not known.
        kind: what they are, in words.
        source: where they came from, in words.
        real: the data that they are compared with.

    Raises:
        DataError: they are not as many of every name.
    """
    n = size(sample)
    if any(len(tensor) != n for tensor in leaves(sample)):
        raise DataError(f"{source} has not as many samples of every name: give each name as many")
    described = f"{n:,} {uncounted(real.modality.described(real.modality.example()))}"
    told = EvaluatedSet(kind=kind, name=slug(source), source=source, n=n, described=described)

    def given() -> Iterator[Sample]:
        for at in range(0, n, BATCH):
            yield _slice(sample, at)

    return _in_order(told, n, given, real, None if y is None or are_labels(y) else y)


def _in_order(
    told: EvaluatedSet, n: int, given: Callable[[], Iterator[Sample]], real: RealRows, y: Sample | None = None
) -> GeneratedRows:
    """Put samples beside the real ones of the same places, where these can belong to each other."""
    apart = ""
    if n != real.n:
        apart = f"are {n:,}, and the real ones {real.n:,}"
    elif y is not None and not _same(real, y):
        apart = f"were asked for with other conditions than the rows of {real.data.name} have"

    def beside() -> Iterator[Pairs]:
        for sample, target in zip(given(), _targets(real.modality, real.fields, n), strict=True):
            yield Pairs(sample, target)

    return GeneratedRows(told, n, given if apart else beside, y is not None and not apart, apart)


def _targets(modality: Modality, fields: Mapping[str, Tensor], n: int) -> Iterator[Sample]:
    """Give data as generated samples rest, each once, batch by batch: in the order in which conditions are shown.

    Those whose conditions are labels, or that have none, lie in the order of the data.
    """
    target = modality.target(fields)
    if not _have_rows(modality) and whole(target):
        for at in range(0, n, BATCH):
            yield _slice(target, at)
        return
    rows = RowsInOrder(modality, fields, CPU)
    for at in range(0, n, BATCH):
        yield rows.take(min(BATCH, n - at))[1]


def _have_rows(modality: Modality) -> bool:
    """Tell whether conditions are more than labels."""
    condition = modality.condition(modality.example())
    return condition is not None and not are_labels(condition)


def _same(real: RealRows, y: Sample) -> bool:
    """Tell whether conditions are those of the real rows in their order."""
    rows, n = RowsInOrder(real.modality, real.fields, CPU), size(y)
    for at in range(0, n, BATCH):
        given = leaves(_slice(y, at))
        own = leaves(rows.take(min(BATCH, n - at))[0])
        if [one.shape for one in own] != [one.shape for one in given]:
            return False
        if not all(
            torch.allclose(one.float(), other.float(), atol=1e-4) for one, other in zip(own, given, strict=True)
        ):
            return False
    return True


def _slice(sample: Sample, at: int) -> Any:
    return each(lambda tensor: tensor[at : at + BATCH], sample)
