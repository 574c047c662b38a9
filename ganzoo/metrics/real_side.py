"""Real samples as metrics keep them: summarised once per content, extractor and metric, then cached."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ganzoo.samples import Sample

from ..backend.exact import exact_float32
from .columns import looks_at_labels, looks_at_pairs, parts_of
from .gathering import Gathering
from .judging import judged_of, length_of, of_thing, order_of, partners
from .measuring import measure
from .panel import Panel
from .reference import Measured, ReferenceSet, digest_of, folders, read, write
from .seeing import Batch, Labelled, Pairs, Watch, require_seen, see

_SCHEMA = 3  # of what is cached; a change of the layout, of the halves or of how bundled metrics round raises it
BATCH = 500  # images shown to the extractor at once


class RealSide(Panel):
    """A panel, with what its metrics keep of real samples in its cache."""

    @cached_property
    def _sizes(self) -> dict[str, dict[str, int]]:
        """The numbers of each thing that is judged of real samples, by their contents."""
        return {}

    @cached_property
    def _labels(self) -> dict[str, Tensor]:
        """The classes of real samples, by their contents."""
        return {}

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

    def _identity_of(self, key: str, data_hash: str, n: int, labels: Tensor | None) -> dict[str, Any]:
        name, judged = parts_of(key)
        classes = labels if looks_at_labels(self.metrics[name]) else None
        return {
            "schema": _SCHEMA,
            "data": data_hash,
            "n": n,
            "metric": name,
            "settings": self.identity["metrics"][name],
            **self.sight,
            **({"judged": judged} if judged else {}),
            **({"labels": digest_of(classes)} if classes is not None else {}),
        }


def _after(tick: Callable[[int], None], before: int, seen: int) -> None:
    tick(before + seen)
