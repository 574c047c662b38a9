"""Numbers of generated samples against real ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Modality, OfClass
from ganzoo.registry.registry import Registry
from ganzoo.samples import Sample, size
from ganzoo.storage import download
from ganzoo.storage.cache import Cache

from ..backend.exact import exact_float32
from .halves import random_halves
from .judging import OfOneThing, judged_of, of_thing
from .opening import open_extractor
from .real_side import BATCH, RealSide
from .reference import ReferenceSet
from .seeing import Given, Watch, unpacked


class Evaluator(RealSide):
    """Scores generated samples against real ones by metrics that see them through one extractor, or by themselves.

    Open one with :meth:`open`, before any training. Each sample is seen once by the extractor, in float32 without TF32,
    and all metrics share what it saw; those that can take it in batch by batch, where it is.
    Nothing here draws from the global random streams.
    """

    @classmethod
    def open(
        cls,
        registry: Registry,
        extractor: str | None,
        metrics: Sequence[str],
        *,
        modality: Modality | None = None,
        point: int | None = None,
        weights: Path | None = None,
        device: str | torch.device = "cpu",
        cache: Cache,
        fetch: Callable[..., Path] = download.fetch,
        instead: Callable[[], str] | None = None,
        substitute: bool = False,
    ) -> "Evaluator":
        """Load an extractor and metrics by their registered names.

        Weights of other contents than the extractor's own, which only the user can name, change its title
        to ``name-<first 8 digits of their sha256>``, so that the word FID stays with the published ones.

        Args:
            registry: where the names are looked up.
            extractor: name of the extractor; None or ``none`` where the metrics look by themselves.
            metrics: names of the metrics, in the order of the columns.
            modality: of the data, to see before any weights are fetched whether both fit together; None for images or
                points.
            point: of points and images, as ``Extractor.point``, likewise; None leaves that to the first images.
            weights: a weights file that the user names.
            device: where the extractor runs.
            cache: for fetched weights and for what is kept of the real images.
            fetch: see :func:`ganzoo.storage.download.fetch`; asked for a published file that is nowhere to be found.
            instead: says what can be done without the weights, the end of an error's sentence; None for what training
                can.
            substitute: let the extractor's ``substitute`` take its place where its own weights cannot be had.

        Raises:
            SetupError: weights are missing or damaged, or torch-fidelity cannot be imported.
            UnknownName: nobody registers a name.
            PluginError: what is registered is no extractor, or no metric; or the extractor needs to be told what the
                data do not offer.
            MetricError: the extractor does not see such data, or does not give what a metric reads.
        """
        device = torch.device(device)
        opened = open_extractor(
            registry,
            extractor,
            metrics,
            modality=modality,
            point=point,
            weights=weights,
            device=device,
            cache=cache,
            fetch=fetch,
            instead=instead,
            substitute=substitute,
        )
        return cls(**vars(opened), device=device, cache=cache, modality=modality)

    def only(self, names: Iterable[str]) -> "Evaluator":
        """Return one of some of the metrics, by name, with the same extractor."""
        return Evaluator(
            self.extractor,
            {name: self.metrics[name] for name in names},
            title=self.title,
            identity=self.identity,
            device=self.device,
            cache=self.cache,
            modality=self.modality,
            note=self.note,
        )

    def score(
        self,
        draw: Callable[[int], Given],
        n: int,
        reference: ReferenceSet,
        batch: int = BATCH,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        replicates: int = 0,
        by_class: dict[str, dict[int, OfClass]] | None = None,
    ) -> dict[str, float]:
        """Score a generator; with each number's standard error over its samples, where that is asked for.

        Args:
            draw: ``draw(k)`` gives the next ``k`` samples at rest, ``(k, C, H, W)`` uint8 images, or as many points; or
                these with the real ones of the same rows, or with their classes.
            n: how many samples to evaluate.
            reference: from :meth:`reference`.
            batch: how many to draw at once.
            pictures: is given the PNGs of the metrics that draw one, by the metric's key; None asks for none.
            spreads: is given each metric's standard error over the generated samples, as :mod:`ganzoo.metrics.halves`
                has it; a metric that needs more samples than half of them is left out. None asks for none.
            replicates: how many random halves that takes: 2 or more, or 0 for no spreads.
            by_class: is given the numbers of single classes behind those of metrics that take each class by itself, by
                the metric's key and class index; None asks for none.

        Raises:
            MetricError: there are too few samples, a number would not be finite, a metric of pairs has no pairs, or one
                of classes no classes.
        """

        def batches() -> Iterator[Given]:
            for at in range(0, n, batch):
                wanted = min(batch, n - at)
                drawn = draw(wanted)
                if (given := _length(drawn)) != wanted:
                    raise MetricError(f"{wanted} samples were asked for and {given} were drawn")
                yield drawn

        return self.score_batches(
            batches(), n, reference, pictures, spreads=spreads, replicates=replicates, by_class=by_class
        )

    def score_batches(
        self,
        batches: Iterable[Given],
        n: int,
        reference: ReferenceSet,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        replicates: int = 0,
        by_class: dict[str, dict[int, OfClass]] | None = None,
        tick: Callable[[int], None] = lambda seen: None,
        watch: Watch | None = None,
    ) -> dict[str, float]:
        """Score ``n`` generated samples that come in batches, of one size or of several; see :meth:`score`.

        Args:
            batches: the samples, in their order.
            n: how many there are.
            reference: of the real samples.
            pictures: see :meth:`score`.
            spreads: likewise.
            replicates: likewise.
            by_class: likewise.
            tick: is given the number of samples seen so far.
            watch: is given what the extractor saw, batch by batch.

        Raises:
            MetricError: there are too few samples, or a number would not be finite.
        """
        halves = random_halves(n, 0 if spreads is None else replicates)
        parts = [part for part in self.judged if of_thing(self.keyed, part)]
        scored = {part: self._of_one(part, n, halves, watched=watch is not None) for part in parts}
        total = 0
        with exact_float32(self.device):
            for batch in batches:
                drawn, target, label = unpacked(batch)
                targets = {} if target is None else judged_of(self.modality, target)
                judged = judged_of(self.modality, drawn)
                for part, one in scored.items():
                    seen = one.add(judged[part], targets.get(part), label)
                    if watch is not None:
                        watch(seen)
                total += _length(batch)
                tick(total)
            return self._numbers(scored, reference, pictures, spreads, by_class)

    def score_data(self, data: Sample, reference: ReferenceSet, *, labels: Tensor | None = None) -> dict[str, float]:
        """Score real samples, such as held-out ones, as if they had been generated.

        Args:
            data: as :meth:`reference` takes it.
            reference: of other real samples.
            labels: the classes of the samples, see :meth:`reference`.

        Raises:
            MetricError: there are too few samples, a number would not be finite, or a metric looks at pairs, or at
                classes that there are none of.
        """
        parts = judged_of(self.modality, data).items()
        judged = {part: samples for part, samples in parts if of_thing(self.keyed, part)}
        scored = {part: self._of_one(part, len(samples), ()) for part, samples in judged.items()}
        with exact_float32(self.device):
            for part, samples in judged.items():
                assert isinstance(samples, Tensor)
                for at in range(0, len(samples), BATCH):
                    label = None if labels is None else labels[at : at + BATCH]
                    scored[part].add(samples[at : at + BATCH], None, label)
            return self._numbers(scored, reference, None, None)

    def _of_one(self, judged: str, n: int, halves: Sequence[Tensor], *, watched: bool = False) -> OfOneThing:
        metrics = of_thing(self.keyed, judged)
        return OfOneThing(metrics, n, self._viewer(metrics, watched=watched), halves, self.title)

    def _numbers(
        self,
        scored: Mapping[str, OfOneThing],
        reference: ReferenceSet,
        pictures: dict[str, bytes] | None,
        spreads: dict[str, float] | None,
        by_class: dict[str, dict[int, OfClass]] | None = None,
    ) -> dict[str, float]:
        found: dict[str, float] = {}
        for one in scored.values():
            found |= one.numbers(reference, pictures, spreads, by_class)
        return {key: found[key] for key in self.keyed}


def _length(batch: Given) -> int:
    """Return how many samples there are in a batch."""
    held = unpacked(batch)[0]
    return size(held) if isinstance(held, Tensor | Mapping) else len(held)
