"""One extractor and the metrics that look through it, or by themselves."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor, Metric, Modality, OfClass
from ganzoo.registry.registry import Registry
from ganzoo.samples import Sample, size
from ganzoo.storage import download
from ganzoo.storage.cache import Cache

from ..backend.exact import exact_float32
from .columns import key_of, looks_at_labels, looks_at_pairs, needs_extractor, parts_of
from .gathering import Gathering
from .halves import random_halves
from .judging import OfOneThing, judged_of, length_of, names_judged, of_thing, order_of, partners
from .measuring import measure
from .opening import open_extractor
from .reference import Measured, ReferenceSet, digest_of, folders, read, write
from .rehearsal import rehearse
from .seeing import Batch, Given, Labelled, Pairs, Viewer, Watch, require_seen, see, unpacked

_SCHEMA = 3  # of what is cached; a change of the layout, of the halves or of how bundled metrics round raises it
BATCH = 500  # images shown to the extractor at once


@dataclass(frozen=True)
class MetricColumn:
    """A metric as the column of a table.

    Attributes:
        key: the metric's key in results: its registered name, such as ``fid``; ``fid.a`` where several things are
            judged of a sample.
        label: its title, e.g. ``FID`` or ``FD[digits]``.
        better: which end is the good one.
        positive: whether its numbers are above zero, see ``Metric.positive``; two columns that differ in it alone are
            one, as older files do not tell it.
    """

    key: str
    label: str
    better: Literal["lower", "higher"]
    positive: bool = field(default=False, compare=False)


class Evaluator:
    """Scores generated samples against real ones by metrics that see them through one extractor, or by themselves.

    Open one with :meth:`open`, before any training. Each sample is seen once by the extractor, in float32 without TF32,
    and all metrics share what it saw; those that can take it in batch by batch, where it is.
    Nothing here draws from the global random streams.

    Attributes:
        extractor: None where no metric needs one.
        metrics: by registered name.
        modality: of the data; None for images and points that nothing else tells of.
        judged: the names of what is judged of a sample, each for itself; one, "", unless the modality has several.
        keyed: the metrics by the key of their numbers, see ``MetricColumn``.
        note: a sentence on an extractor that took another one's place; empty where none did.
    """

    def __init__(
        self,
        extractor: Extractor | None,
        metrics: dict[str, Metric],
        *,
        title: str,
        identity: dict[str, Any],
        device: torch.device,
        cache: Cache,
        modality: Modality | None = None,
        note: str = "",
    ) -> None:
        self.extractor = extractor
        self.metrics = metrics
        self.title = title
        self.identity = identity
        self.device = device
        self.cache = cache
        self.modality = modality
        self.note = note
        self.judged = names_judged(modality)
        self.keyed = {
            key_of(name, part): metric
            for name, metric in metrics.items()
            for part in self.judged
            if modality is None or modality.judges(part, paired=metric.paired)
        }
        self._sizes: dict[str, dict[str, int]] = {}  # of what is judged of real samples, by their contents
        self._labels: dict[str, Tensor] = {}  # the classes of real samples, likewise

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
        instead: str | None = None,
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
            instead: what can be done without the weights, the end of an error's sentence; None for what training can.
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

    @property
    def columns(self) -> list[MetricColumn]:
        """One column a metric and a thing that is judged, in the order asked for."""
        return [
            MetricColumn(key, f"{metric.label(self.title)} {parts_of(key)[1]}".rstrip(), metric.better, metric.positive)
            for key, metric in self.keyed.items()
        ]

    @property
    def pairs(self) -> list[str]:
        """The metrics, by name, that look at each sample beside the real one of the same row."""
        return [name for name, metric in self.metrics.items() if looks_at_pairs(metric)]

    @property
    def labelled(self) -> list[str]:
        """The metrics, by name, that compare samples class by class."""
        return [name for name, metric in self.metrics.items() if looks_at_labels(metric)]

    def check(self, n_samples: int, n_real: int) -> None:
        """See, before any training, whether so many images are enough: each metric is tried on random numbers.

        Raises:
            MetricError: a metric needs more images than that.
        """
        modes = 0 if self.extractor is None else self.extractor.modes
        rehearse(self.keyed, self.title, n_samples, n_real, modes=modes, modality=self.modality)

    def reference(
        self,
        data: Sample,
        data_hash: str,
        *,
        labels: Tensor | None = None,
        batch: int = BATCH,
        tick: Callable[[int], None] = lambda seen: None,
        watch: Watch | None = None,
    ) -> ReferenceSet:
        """Summarise the real samples for the metrics; computed once per content, extractor and metric, then cached.

        The floor is each metric between two random halves of the samples, cut by a fixed permutation. A metric of pairs
        that looks itself is shown each sample beside another real one, which the permutation chooses.

        Args:
            data: as ``Modality.target`` gives it; ``(N, C, H, W)`` uint8 images, or points, ``(N, C, 1, 1)`` float32;
                on any device. What is judged of it may have lengths of its own.
            data_hash: sha256 of the data's contents.
            labels: the classes of the samples, ``(N,)`` int64; None where they have none.
            batch: samples shown to the extractor at once.
            tick: is given the number of samples seen so far.
            watch: is given what the extractor saw, batch by batch; nothing where all is in the cache.

        Raises:
            MetricError: the extractor cannot look at such samples, or gives values that are not finite; or a metric
                compares samples class by class, and they have no classes.
        """
        if labels is not None:
            self._labels[data_hash] = labels
        judged = judged_of(self.modality, data)
        self._sizes[data_hash] = {part: len(samples) for part, samples in judged.items()}
        measured: dict[str, Measured] = {}
        before = 0
        for part, samples in judged.items():
            assert isinstance(samples, Tensor)
            if self.modality is None:
                require_seen(samples, self.extractor, self.title)
            n = len(samples)
            known = self.recall(data_hash, n, part, labels=labels)
            if missing := [key for key in of_thing(self.keyed, part) if key not in known]:
                after = partial(_after, tick, before)
                shown = self._shown(samples, missing, batch, labels)
                found = self.measure(shown, n, missing, tick=after, watch=watch)
                self.keep(found, data_hash, n, labels=labels)
                known |= found
            measured |= known
            before += n
        n = length_of(judged)
        return ReferenceSet(n=n, floor_n=n // 2, measured={key: measured[key] for key in self.keyed})

    def _shown(
        self, samples: Tensor, keys: Sequence[str], batch: int, labels: Tensor | None
    ) -> Iterator[Tensor | Pairs | Labelled]:
        """Give real samples in batches, each beside another one where a metric looks at pairs, and with its class."""
        pairs = any(looks_at_pairs(self.keyed[key]) for key in keys)
        others = partners(len(samples)).to(samples.device) if pairs else None
        for at in range(0, len(samples), batch):
            few = samples[at : at + batch]
            given = few if others is None else Pairs(few, samples[others[at : at + batch]])
            yield given if labels is None else Labelled(given, labels[at : at + batch])

    def recall(self, data_hash: str, n: int, judged: str = "", *, labels: Tensor | None = None) -> dict[str, Measured]:
        """Return the cached summaries of ``n`` real samples of these contents, by key, of one thing that is judged.

        Args:
            data_hash: sha256 of the contents.
            n: how many samples.
            judged: what is judged of them.
            labels: their classes, see :meth:`reference`.
        """
        tensors: dict[str, Tensor] = {}
        keys = of_thing(self.keyed, judged)
        found = {key: read(self.cache, self._identity_of(key, data_hash, n, labels), tensors) for key in keys}
        return {key: known for key, known in found.items() if known is not None}

    def keep(self, measured: Mapping[str, Measured], data_hash: str, n: int, *, labels: Tensor | None = None) -> None:
        """Cache the summaries of ``n`` real samples of these contents, with the classes of ``labels``."""
        for key, found in measured.items():
            write(self.cache, self._identity_of(key, data_hash, n, labels), found)

    def measure(
        self,
        batches: Iterable[Batch | Pairs | Labelled],
        n: int,
        keys: Sequence[str],
        *,
        tick: Callable[[int], None] = lambda seen: None,
        watch: Watch | None = None,
    ) -> dict[str, Measured]:
        """Summarise one thing of ``n`` real samples that come in batches, with each metric's floor; nothing is cached.

        Args:
            batches: the samples, in their order.
            n: how many there are.
            keys: of the metrics, all of the same thing that is judged.
            tick: is given the number of samples seen so far.
            watch: is given what the extractor saw, batch by batch.

        Raises:
            MetricError: the extractor cannot look at such samples, or gives values that are not finite.
        """
        order = order_of(n)
        halves = order[: n // 2], order[n // 2 : n // 2 * 2]
        metrics = {key: self.keyed[key] for key in keys}
        gathering = Gathering(metrics, n, parts=halves, extractor=self.title)
        moved = WeakTensorKeyDictionary()
        with exact_float32(self.device):
            see(self._viewer(metrics, watched=watch is not None), batches, gathering, tick=tick, watch=watch)
            return {key: measure(key, metrics[key], self.title, gathering, moved) for key in keys}

    def kept(self, data_hash: str, n: int) -> list[Path]:
        """List the folders of the cache that hold what :meth:`reference` gave for ``n`` samples of these contents."""
        sizes, labels = self._sizes.get(data_hash, {}), self._labels.get(data_hash)
        of_keys = [
            folders(self.cache, self._identity_of(key, data_hash, sizes.get(parts_of(key)[1], n), labels))
            for key in self.keyed
        ]
        return list(dict.fromkeys(folder for of_one in of_keys for folder in of_one))

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

    def score_data(
        self, data: Sample, reference: ReferenceSet, batch: int = BATCH, *, labels: Tensor | None = None
    ) -> dict[str, float]:
        """Score real samples, such as held-out ones, as if they had been generated.

        Args:
            data: as :meth:`reference` takes it.
            reference: of other real samples.
            batch: samples shown to the extractor at once.
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
                for at in range(0, len(samples), batch):
                    label = None if labels is None else labels[at : at + batch]
                    scored[part].add(samples[at : at + batch], None, label)
            return self._numbers(scored, reference, None, None)

    def states(self, n_fake: int, n_real: int) -> list[str]:
        """State what a reader must know of the numbers, a line for all metrics of which the same is to be said.

        Args:
            n_fake: how many generated images there are.
            n_real: how many real ones.
        """
        said: dict[str, list[str]] = {}
        for metric in self.metrics.values():
            if words := metric.states(n_fake, n_real):
                said.setdefault(words, []).append(metric.label(self.title))
        return [f"{', '.join(labels)}: {words}" for words, labels in said.items()]

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

    def _viewer(self, metrics: Mapping[str, Metric], *, watched: bool) -> Viewer:
        """Return what sees samples for some metrics: without the extractor, where nobody reads what it sees."""
        needed = watched or any(needs_extractor(metric) for metric in metrics.values())
        extractor = self.extractor if needed else None
        return Viewer(extractor, self.title, self.device, metrics, checked=self.modality is None)

    def _identity_of(self, key: str, data_hash: str, n: int, labels: Tensor | None) -> dict[str, Any]:
        name, judged = parts_of(key)
        classes = labels if looks_at_labels(self.metrics[name]) else None
        shared = {key: value for key, value in self.identity.items() if key not in ("metrics", "weights")}
        return {
            "schema": _SCHEMA,
            "data": data_hash,
            "n": n,
            "metric": name,
            "settings": self.identity["metrics"][name],
            **shared,
            **({"judged": judged} if judged else {}),
            **({"labels": digest_of(classes)} if classes is not None else {}),
        }


def _after(tick: Callable[[int], None], before: int, seen: int) -> None:
    tick(before + seen)


def _length(batch: Given) -> int:
    """Return how many samples there are in a batch."""
    held = unpacked(batch)[0]
    return size(held) if isinstance(held, Tensor | Mapping) else len(held)
