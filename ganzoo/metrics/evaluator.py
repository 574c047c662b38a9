"""One extractor and the metrics that look through it."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

from ganzoo import seeds
from ganzoo.errors import MetricError, PluginError
from ganzoo.interfaces import Extractor, Metric
from ganzoo.registry.registry import Registry
from ganzoo.storage import download
from ganzoo.storage.cache import Cache

from ..backend.exact import exact_float32
from . import weights as weights_file
from .gathering import Gathering
from .halves import OnHalves, random_halves
from .pairing import require_given, require_pair
from .reference import Measured, Reference, folders, read, write

_SCHEMA = 3  # of what is cached; a change of the layout, of the halves or of how bundled metrics round raises it
BATCH = 500  # images shown to the extractor at once
_REHEARSAL = 256  # images: enough for the least that a metric asks for, and cheap


@dataclass(frozen=True)
class Column:
    """A metric's column in a table.

    Attributes:
        key: the metric's registered name, its key in results.
        label: its title, e.g. ``FID`` or ``FD[digits]``.
        better: which end is the good one.
    """

    key: str
    label: str
    better: Literal["lower", "higher"]


def _settings(metric: Metric) -> dict[str, Any]:
    """The public attributes of a metric are its settings, and so part of a number's identity."""
    return {name: value for name, value in sorted(vars(metric).items()) if not name.startswith("_")}


class Evaluator:
    """Gives images their numbers. Open one with :meth:`open`, before any training.

    Each image is seen once by the extractor, in float32 without TF32, and all metrics share what it saw; those that can
    take it in batch by batch, where it is.
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
        say: Callable[[str], None] = lambda text: None,
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
            say: told before a download starts.

        Raises:
            SetupError: weights are missing or damaged, or torch-fidelity cannot be imported.
            UnknownName: nobody registers a name.
            PluginError: what is registered is no extractor, or no metric.
            MetricError: the extractor does not see such data, or does not give what a metric reads.
        """
        entry = registry.get("extractor", extractor)
        kind = _checked(entry.load(), Extractor, entry)
        metric_entries = {name: registry.get("metric", name) for name in metrics}
        made = {name: _checked(found.load(), Metric, found)() for name, found in metric_entries.items()}
        if point is not None:
            require_pair(extractor, kind.point, point, registry)
        for name, metric in made.items():
            require_given(name, metric.reads, extractor, kind, registry)
        path, digest, own = weights_file.find(
            extractor, kind, weights, cache, fetch=fetch, say=say, instead=_instead(registry, extractor)
        )
        device = torch.device(device)
        # A network's initialisation draws from the global stream, though its weights are overwritten.
        with torch.random.fork_rng(devices=[]):
            network = kind(weights=path)
        network.requires_grad_(False).eval().to(device)
        identity = {
            "extractor": extractor,
            "weights": path.name,
            "sha256": digest,
            "version": kind.version,
            "plugin": f"{entry.plugin} {entry.version}",
            "dtype": "float32",
            "device": device.type,
            "torch_fidelity": version_of("torch-fidelity"),
            "metrics": {
                name: {"plugin": f"{found.plugin} {found.version}", **_settings(made[name])}
                for name, found in metric_entries.items()
            },
        }
        title = extractor if own else f"{extractor}-{digest[:8]}"
        return cls(network, made, title=title, identity=identity, device=device, cache=cache)

    @property
    def columns(self) -> list[Column]:
        """One column a metric, in the order asked for."""
        return [Column(name, metric.label(self.title), metric.better) for name, metric in self.metrics.items()]

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
            _compare(metric, self.title, metric.summarise(fake), metric.summarise(real))

    def reference(
        self, pixels: Tensor, data_hash: str, *, batch: int = BATCH, tick: Callable[[int], None] = lambda seen: None
    ) -> Reference:
        """What the metrics keep of the real images; computed once per content, extractor and metric, then cached.

        The floor is each metric between two random halves of the images, cut by a fixed permutation.

        Args:
            pixels: ``(N, C, H, W)`` uint8, or points, ``(N, C, 1, 1)`` float32; on any device.
            data_hash: sha256 of the images' contents.
            batch: images shown to the extractor at once.
            tick: told how many images have been seen.

        Raises:
            MetricError: the extractor cannot look at such images, or gives values that are not finite.
        """
        self._require_seen(pixels)
        n = len(pixels)
        identities = {name: self._identity_of(name, data_hash, n) for name in self.metrics}
        tensors: dict[str, Tensor] = {}
        measured = {name: read(self.cache, identity, tensors) for name, identity in identities.items()}
        missing = [name for name, found in measured.items() if found is None]
        if missing:
            order = torch.randperm(n, generator=torch.Generator().manual_seed(seeds.stream(0, "evaluation")))
            halves = order[: n // 2], order[n // 2 : n // 2 * 2]
            gathering = self._gathering(missing, n, parts=halves)
            self._see((pixels[at : at + batch] for at in range(0, n, batch)), gathering, tick)
            moved = WeakTensorKeyDictionary()
            with exact_float32(self.device):
                for name in missing:
                    measured[name] = self._measure(name, gathering, moved)
                    write(self.cache, identities[name], measured[name])
        return Reference(n=n, floor_n=n // 2, measured={name: found for name, found in measured.items() if found})

    def kept(self, data_hash: str, n: int) -> list[Path]:
        """The folders of the cache that hold what :meth:`reference` gave for ``n`` images of these contents."""
        found = [folders(self.cache, self._identity_of(name, data_hash, n)) for name in self.metrics]
        return list(dict.fromkeys(folder for of_one in found for folder in of_one))

    def score(
        self,
        draw: Callable[[int], Tensor],
        n: int,
        reference: Reference,
        batch: int = BATCH,
        pictures: dict[str, bytes] | None = None,
        *,
        spreads: dict[str, float] | None = None,
        replicates: int = 0,
    ) -> dict[str, float]:
        """The numbers of a generator, and how far each would stray with other samples of it.

        Args:
            draw: ``draw(k)`` gives the next ``(k, C, H, W)`` uint8 images, or as many points.
            n: how many images to judge.
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

        halves = random_halves(n, 0 if spreads is None else replicates)
        gathering = self._gathering(self.metrics, n, parts=halves)
        self._see(batches(), gathering)
        numbers: dict[str, float] = {}
        on_halves = OnHalves(self.metrics, halves, n)
        with exact_float32(self.device):
            for name, metric in self.metrics.items():
                fake, real = gathering.summary(name), reference.measured[name].summary
                numbers[name] = _compare(metric, self.title, fake, real)
                picture = None if pictures is None else metric.picture(fake, real)
                if picture is not None:
                    pictures[name] = picture
                on_halves.whole(name, fake, real)
            if spreads is not None:
                real_of = {name: measured.summary for name, measured in reference.measured.items()}
                spreads.update(on_halves.spreads(gathering, real_of))
        return numbers

    def states(self, n_fake: int, n_real: int) -> list[str]:
        """What a reader must know of the numbers, a line for all metrics of which the same is to be said.

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

    def _see(
        self, batches: Iterable[Tensor], gathering: Gathering, tick: Callable[[int], None] = lambda seen: None
    ) -> None:
        total = 0
        with exact_float32(self.device):
            for images in batches:
                self._require_seen(images)
                gathering.add(self.extractor(images.to(self.device)))
                total += len(images)
                tick(total)
            gathering.check()

    def _require_seen(self, images: Tensor) -> None:
        dtype, shape = images.dtype, tuple(images.shape)
        if dtype == torch.uint8 and len(shape) == 4:
            point = 0
        elif dtype == torch.float32 and len(shape) == 4 and shape[2:] == (1, 1):
            point = shape[1]
        else:
            raise MetricError(
                "what is judged are uint8 images of shape (B, C, H, W) or float32 points of shape (B, C, 1, 1), "
                f"not {dtype} {shape}"
            )
        require_pair(self.title, self.extractor.point, point)

    def _measure(self, name: str, gathering: Gathering, moved: WeakTensorKeyDictionary) -> Measured:
        metric = self.metrics[name]
        summary = gathering.summary(name)
        kept = _on_cpu(summary, moved)

        def or_none(fake: Callable[[], dict[str, Tensor]], real: Callable[[], dict[str, Tensor]]) -> float | None:
            try:
                return _compare(metric, self.title, fake(), real())
            except MetricError:
                return None

        floor = or_none(lambda: gathering.part(name, 0), lambda: _on_cpu(gathering.part(name, 1), moved))
        return Measured(kept, floor=floor, real=or_none(lambda: summary, lambda: kept))

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


def _on_cpu(summary: dict[str, Tensor], moved: WeakTensorKeyDictionary) -> dict[str, Tensor]:
    """A summary on the CPU, where what several metrics keep is there once: ``moved`` knows it."""
    for values in summary.values():
        if values not in moved:
            moved[values] = values.cpu()
    return {key: moved[values] for key, values in summary.items()}


def _compare(metric: Metric, extractor: str, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
    value = float(metric.compare(fake, real))
    if not math.isfinite(value):
        raise MetricError(f"{metric.label(extractor)} is not finite")
    return value


def _checked(loaded: Any, wanted: type, entry: Any) -> Any:
    if not (isinstance(loaded, type) and issubclass(loaded, wanted)):
        raise PluginError(
            f"the plugin {entry.plugin} registers {entry.target} as the {entry.kind} {entry.name}, "
            f"but it is no subclass of ganzoo.interfaces.{wanted.__name__}"
        )
    return loaded


def _instead(registry: Registry, extractor: str) -> str:
    """What works without this extractor's weights: the datasets whose own extractor ships with its weights."""
    names = []
    for entry in registry.all("dataset"):
        try:
            own = entry.load().extractor
            kind = registry.get("extractor", own).load()
            if own != extractor and kind.weights is None and not kind.point:  # a recipe of images fits no points
                names.append(f"--data {entry.name}")
        except Exception:  # a stranger's broken dataset must not hide why this one fails
            continue
    carried = f"{' and '.join(sorted(names))}, which carry their own extractors, and " if names else ""
    return f"; without it there is {carried}--extractor none, which trains without metrics"
