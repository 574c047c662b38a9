"""Samples of any modality compared with real data, by the metrics of the modality."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from ..data.progress import Progress
from ..errors import MetricError
from ..metrics import Evaluator, ReferenceSet
from ..metrics.seeing import Pairs
from ..registry.guarding.told import told_parts
from ..samples import Sample, each, leaves, size
from .comparison import Compared, Comparison, Wish
from .rows.generated_rows import GeneratedRows
from .rows.rows_opening import generated_rows
from .sides import Scored, Side

if TYPE_CHECKING:
    from ..interfaces import Row
    from .opening import Draws, Opener
    from .rows.real_rows import RealRows


@dataclass
class _Passed:
    """Samples that passed: a digest of all, and the first, for a picture.

    Attributes:
        most: how many are kept.
    """

    most: int
    _parts: list[Any] = field(default_factory=list)
    _digests: dict[int, Any] = field(default_factory=dict)
    _kept: int = 0

    def watch(self, batches: Iterator[Sample | Pairs]) -> Iterator[Sample | Pairs]:
        """Give batches on."""
        for batch in batches:
            sample: Any = batch.sample if isinstance(batch, Pairs) else batch
            for place, tensor in enumerate(leaves(sample)):
                if place not in self._digests:
                    self._digests[place] = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape[1:])} ".encode())
                self._digests[place].update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
            if (wanted := self.most - self._kept) > 0:
                self._parts.append(each(lambda tensor, k=wanted: tensor[:k], sample))
                self._kept += min(wanted, size(sample))
            yield batch

    def hash(self) -> str:
        """Sha256 in hex over types, shapes and values, name by name."""
        return hashlib.sha256("".join(one.hexdigest() for one in self._digests.values()).encode()).hexdigest()

    @property
    def first(self) -> Any:
        """The first samples."""
        return each(lambda *tensors: torch.cat(tensors), *self._parts)


def compare_rows(
    opener: Opener, wish: Wish, given: Any, real: RealRows, draws: Draws, *, replicates: int, drawing: bool
) -> Compared:
    """Compare what is given with real data of another modality than images and points.

    Args:
        opener: that opens what is given.
        wish: for an evaluator.
        given: the generated set, or a generator.
        real: the real data.
        draws: what a generator draws.
        replicates: see ``evaluate``.
        drawing: draw pictures of both.

    Raises:
        GanzooError: see ``evaluate``.
    """
    fake, real = generated_rows(opener, given, draws, real)
    for n, source in ((fake.n, fake.told.source), (real.n, real.data.source)):
        if n < 2:
            raise MetricError(f"{source} holds {n} sample, and metrics compare two or more")
    comparison = _open(opener, wish, fake, real)
    evaluator = comparison.evaluator
    with told_parts(comparison.judging, "when they are tried"):
        evaluator.check(fake.n, real.n)
    with told_parts(comparison.judging, "while they judge the real samples"):
        reference = evaluator.reference(
            real.modality.target(real.fields), real.data.hash, tick=Progress(real.data.name, real.n, "seen").at
        )
    passed = _Passed(real.modality.pictured if drawing else 0)
    with told_parts(comparison.judging, "while they judge the generated samples"):
        scored = _scored(evaluator, fake, reference, passed, replicates)
    told = fake.told if fake.told.hash else fake.told.model_copy(update={"hash": passed.hash()})
    sides = Side(told, None), Side(real.told, None)
    drawn = tuple(_drawn(passed.first, real, told.name)) if drawing else ()
    return Compared(comparison.written(*sides, reference, scored), *sides, scored.pictures, drawn)


def _open(opener: Opener, wish: Wish, fake: GeneratedRows, real: RealRows) -> Comparison:
    """Open the evaluator that was asked for, or the data's own, without metrics of pairs where there are none.

    Raises:
        MetricError: nothing judges such data, or a metric of pairs was asked for and there are none.
    """
    registry = opener.zoo.registry
    comparison = Comparison.open_for(opener, wish, real.data, real.modality)
    evaluator = comparison.evaluator
    paired = [name for name, metric in evaluator.metrics.items() if metric.paired]
    if paired and wish.metrics and fake.apart:
        raise MetricError(
            f"the metric {paired[0]} takes each sample beside the real one of its row, and {fake.told.source} "
            f"{fake.apart}: leave it out of --metrics"
        )
    if paired and not wish.metrics and not fake.paired:
        kept = tuple(name for name in evaluator.metrics if name not in paired)
        comparison = Comparison.open_for(opener, wish.of(kept), real.data, real.modality) if kept else comparison
        evaluator = comparison.evaluator if kept else evaluator.only(())
    if not evaluator.keyed:
        known = ", ".join(entry.name for entry in registry.all("metric"))
        raise MetricError(f"no metric judges {real.data.name} unless one is named: --metrics with some of {known}")
    return comparison


def _scored(
    evaluator: Evaluator, fake: GeneratedRows, reference: ReferenceSet, passed: _Passed, replicates: int
) -> Scored:
    spreads: dict[str, float] = {}
    pictures: dict[str, bytes] = {}
    metrics = evaluator.score_batches(
        passed.watch(fake.batches()),
        fake.n,
        reference,
        pictures,
        spreads=spreads if replicates else None,
        replicates=replicates,
        tick=Progress(fake.told.name, fake.n, "seen").at,
    )
    return Scored(metrics, spreads, pictures)


def _drawn(first: Sample, real: RealRows, name: str) -> Iterator[tuple[str, bytes]]:
    """Draw some of both sets, with captions, where the modality draws such samples."""
    modality, n = real.modality, size(first)
    rows: Row = {field: tensor[: modality.pictured] for field, tensor in real.fields.items()}
    target = modality.target(rows)
    if (png := modality.picture(first, target if modality.beside_real else None, None)) is not None:
        yield f"generated: {name}, {n:,} shown", png
    if (png := modality.picture_of_data(target, modality.condition(rows))) is not None:
        yield f"real: {real.data.name}, {size(target):,} shown", png
