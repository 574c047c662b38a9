"""One extractor and the metrics that look through it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ganzoo import seeds
from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor, Metric
from ganzoo.registry.registry import Registry
from ganzoo.storage import download
from ganzoo.storage.cache import Cache

from ..backend.exact import exact_float32
from .gathering import Gathering
from .halves import OnHalves, random_halves
from .measuring import measure, number
from .opening import open_extractor
from .reference import Measured, ReferenceSet, folders, read, write
from .seeing import Batch, Watch, require_seen, see

_SCHEMA = 3  # of what is cached; a change of the layout, of the halves or of how bundled metrics round raises it
BATCH = 500  # images shown to the extractor at once
_REHEARSAL = 256  # images: enough for the least that a metric asks for, and cheap


@dataclass(frozen=True)
class MetricColumn:
    """A metric as the column of a table.

    Attributes:
        key: the metric's registered name, its key in results.
        label: its title, e.g. ``FID`` or ``FD[digits]``.
        better: which end is the good one.
    """

    key: str
    label: str
    better: Literal["lower", "higher"]


class Evaluator:
    """Scores generated images against real ones by the metrics of one extractor.

    Open one with :meth:`open`, before any training. Each image is seen once by the extractor, in float32 without TF32,
    and all metrics share what it saw; those that can take it in batch by batch, where it is.
    Nothing here draws from the global random streams.
    """

    def __init__(
        self,
        extractor: Extractor,
        metrics: dict[str, Metric],
        *,
        title: str,
        identity: dict[str, Any],
        device: torch.device,
        cache: Cache,
    ) -> None:
        self.extractor = extractor
        self.metrics = metrics
        self.title = title
        self.identity = identity
        self.device = device
        self.cache = cache

    @classmethod
    def open(
        cls,
        registry: Registry,
        extractor: str,
        metrics: Sequence[str],
        *,
        point: int | None = None,
        weights: Path | None = None,
        device: str | torch.device = "cpu",
        cache: Cache,
        fetch: Callable[..., Path] = download.fetch,
        instead: str | None = None,
    ) -> "Evaluator":
        """Load an extractor and metrics by their registered names.

        Weights of other contents than the extractor's own, which only the user can name, change its title
        to ``name-<first 8 digits of their sha256>``, so that the word FID stays with the published ones.

        Args:
            registry: where the names are looked up.
            extractor: name of the extractor.
            metrics: names of the metrics, in the order of the columns.
            point: of the data, as ``Extractor.point``, to see before any weights are fetched whether both fit together;
                None leaves that to the first images.
            weights: a weights file that the user names.
            device: where the extractor runs.
            cache: for fetched weights and for what is kept of the real images.
            fetch: see :func:`ganzoo.storage.download.fetch`; asked for a published file that is nowhere to be found.
            instead: what can be done without the weights, the end of an error's sentence; None for what training can.

        Raises:
            SetupError: weights are missing or damaged, or torch-fidelity cannot be imported.
            UnknownName: nobody registers a name.
            PluginError: what is registered is no extractor, or no metric.
            MetricError: the extractor does not see such data, or does not give what a metric reads.
        """
        device = torch.device(device)
        opened = open_extractor(
            registry,
            extractor,
            metrics,
            point=point,
            weights=weights,
            device=device,
            cache=cache,
            fetch=fetch,
            instead=instead,
        )
        return cls(
            opened.extractor,
            opened.metrics,
            title=opened.title,
            identity=opened.identity,
            device=device,
            cache=cache,
        )

    @property
    def columns(self) -> list[MetricColumn]:
        """One column a metric, in the order asked for."""
        return [MetricColumn(name, metric.label(self.title), metric.better) for name, metric in self.metrics.items()]

    def check(self, n_samples: int, n_real: int) -> None:
        """See, before any training, whether so many images are enough: each metric is tried on random numbers.

        Raises:
            MetricError: a metric needs more images than that.
        """
        rng = torch.Generator().manual_seed(0)

        def few(n: int) -> dict[str, Tensor]:
            n = min(n, _REHEARSAL)
            drawn = torch.randn(n, 8, generator=rng)
            seen = {"features": drawn, "logits": drawn}
            if self.extractor.modes:
                seen["mode"] = torch.randint(self.extractor.modes, (n, 1), generator=rng).float()
                seen["quality"] = torch.randint(2, (n, 1), generator=rng).float()
            return seen

        fake, real = few(n_samples), few(n_real)
        for metric in self.metrics.values():
            number(metric, self.title, metric.summarise(fake), metric.summarise(real))

    def reference(
        self, pixels: Tensor, data_hash: str, *, batch: int = BATCH, tick: Callable[[int], None] = lambda seen: None
    ) -> ReferenceSet:
        """Summarise the real images for the metrics; computed once per content, extractor and metric, then cached.

        The floor is each metric between two random halves of the images, cut by a fixed permutation.

        Args:
            pixels: ``(N, C, H, W)`` uint8, or points, ``(N, C, 1, 1)`` float32; on any device.
            data_hash: sha256 of the images' contents.
            batch: images shown to the extractor at once.
            tick: is given the number of images seen so far.

        Raises:
            MetricError: the extractor cannot look at such images, or gives values that are not finite.
        """
        require_seen(pixels, self.extractor, self.title)
        n = len(pixels)
        measured = self.recall(data_hash, n)
        if missing := [name for name in self.metrics if name not in measured]:
            batches = (pixels[at : at + batch] for at in range(0, n, batch))
            found = self.measure(batches, n, missing, tick=tick)
            self.keep(found, data_hash, n)
            measured |= found
        return ReferenceSet(n=n, floor_n=n // 2, measured={name: measured[name] for name in self.metrics})

    def recall(self, data_hash: str, n: int) -> dict[str, Measured]:
        """Return the cached summaries of ``n`` real images of these contents, by the metric's name."""
        tensors: dict[str, Tensor] = {}
        found = {name: read(self.cache, self._identity_of(name, data_hash, n), tensors) for name in self.metrics}
        return {name: known for name, known in found.items() if known is not None}

    def keep(self, measured: Mapping[str, Measured], data_hash: str, n: int) -> None:
        """Cache the summaries of ``n`` real images of these contents."""
        for name, found in measured.items():
            write(self.cache, self._identity_of(name, data_hash, n), found)

    def measure(
        self,
        batches: Iterable[Batch],
        n: int,
        names: Sequence[str],
        *,
        tick: Callable[[int], None] = lambda seen: None,
        watch: Watch | None = None,
    ) -> dict[str, Measured]:
        """Summarise ``n`` real images that come in batches, with each metric's floor; nothing is cached.

        Args:
            batches: the images, in their order.
            n: how many there are.
            names: of the metrics.
            tick: is given the number of images seen so far.
            watch: is given what the extractor saw, batch by batch.

        Raises:
            MetricError: the extractor cannot look at such images, or gives values that are not finite.
        """
        order = torch.randperm(n, generator=torch.Generator().manual_seed(seeds.stream(0, "evaluation")))
        halves = order[: n // 2], order[n // 2 : n // 2 * 2]
        gathering = self._gathering(names, n, parts=halves)
        moved = WeakTensorKeyDictionary()
        with exact_float32(self.device):
            see(self.extractor, self.title, batches, gathering, device=self.device, tick=tick, watch=watch)
            return {name: measure(name, self.metrics[name], self.title, gathering, moved) for name in names}

    def kept(self, data_hash: str, n: int) -> list[Path]:
        """List the folders of the cache that hold what :meth:`reference` gave for ``n`` images of these contents."""
        found = [folders(self.cache, self._identity_of(name, data_hash, n)) for name in self.metrics]
        return list(dict.fromkeys(folder for of_one in found for folder in of_one))

    def score(
        self,
        draw: Callable[[int], Tensor],
        n: int,
        reference: ReferenceSet,
        batch: int = BATCH,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        replicates: int = 0,
    ) -> dict[str, float]:
        """Score a generator; with each number's standard error over its samples, where that is asked for.

        Args:
            draw: ``draw(k)`` gives the next ``(k, C, H, W)`` uint8 images, or as many points.
            n: how many images to evaluate.
            reference: from :meth:`reference`.
            batch: how many to draw at once.
            pictures: is given the PNGs of the metrics that draw one, by the metric's name; None asks for none.
            spreads: is given each metric's standard error over the generated images, as :mod:`ganzoo.metrics.halves`
                has it; a metric that needs more images than half of them is left out. None asks for none.
            replicates: how many random halves that takes: 2 or more, or 0 for no spreads.

        Raises:
            MetricError: there are too few images, or a number would not be finite.
        """

        def batches() -> Iterator[Tensor]:
            for at in range(0, n, batch):
                size = min(batch, n - at)
                images = draw(size)
                if len(images) != size:
                    raise MetricError(f"{size} images were asked for and {len(images)} were drawn")
                yield images

        return self.score_batches(batches(), n, reference, pictures, spreads=spreads, replicates=replicates)

    def score_batches(
        self,
        batches: Iterable[Batch],
        n: int,
        reference: ReferenceSet,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        replicates: int = 0,
        tick: Callable[[int], None] = lambda seen: None,
        watch: Watch | None = None,
    ) -> dict[str, float]:
        """Score ``n`` generated images that come in batches, of one size or of several; see :meth:`score`.

        Args:
            batches: the images, in their order.
            n: how many there are.
            reference: of the real images.
            pictures: see :meth:`score`.
            spreads: likewise.
            replicates: likewise.
            tick: is given the number of images seen so far.
            watch: is given what the extractor saw, batch by batch.

        Raises:
            MetricError: there are too few images, or a number would not be finite.
        """
        halves = random_halves(n, 0 if spreads is None else replicates)
        gathering = self._gathering(self.metrics, n, parts=halves)
        numbers: dict[str, float] = {}
        on_halves = OnHalves(self.metrics, halves, n)
        with exact_float32(self.device):
            see(self.extractor, self.title, batches, gathering, device=self.device, tick=tick, watch=watch)
            for name, metric in self.metrics.items():
                fake, real = gathering.summary(name), reference.measured[name].summary
                numbers[name] = number(metric, self.title, fake, real)
                if pictures is not None and (picture := metric.picture(fake, real)) is not None:
                    pictures[name] = picture
                on_halves.whole(name, fake, real)
            if spreads is not None:
                real_of = {name: measured.summary for name, measured in reference.measured.items()}
                spreads.update(on_halves.spreads(gathering, real_of))
        return numbers

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

    def _gathering(self, names: Iterable[str], n: int, parts: Sequence[Tensor] = ()) -> Gathering:
        return Gathering({name: self.metrics[name] for name in names}, n, parts=parts, extractor=self.title)

    def _identity_of(self, name: str, data_hash: str, n: int) -> dict[str, Any]:
        shared = {key: value for key, value in self.identity.items() if key not in ("metrics", "weights")}
        return {
            "schema": _SCHEMA,
            "data": data_hash,
            "n": n,
            "metric": name,
            "settings": self.identity["metrics"][name],
            **shared,
        }
