"""The things that are judged of samples, each for itself, and their numbers."""

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ganzoo import seeds
from ganzoo.errors import PluginError
from ganzoo.interfaces import Metric, Modality, OfClass

from .columns import own, parts_of
from .gathering import Gathering
from .halves import OnHalves
from .measuring import number
from .reference import ReferenceSet
from .seeing import Batch, Samples, Viewer, with_labels

_NAME = re.compile(r"[A-Za-z0-9_-]*")


def judged_of(modality: Modality | None, sample: Samples) -> dict[str, Batch]:
    """Return what is judged of samples at rest, by name; one thing named "" where nothing tells of more.

    Raises:
        PluginError: the modality gives something else, or a name that cannot be part of a key.
    """
    if modality is None or not isinstance(sample, Tensor | Mapping):
        return dict(sample) if isinstance(sample, Mapping) else {"": sample}
    found: Mapping[str, Tensor] = modality.judged(sample)
    for name in found:
        if not _NAME.fullmatch(name):
            raise PluginError(
                f"the modality {modality.name} judges {name!r}, which is no name of letters, digits, - and _"
            )
    if not found or (len(found) > 1 and "" in found):
        raise PluginError(f"the modality {modality.name} judges {len(found)} things, and each of several needs a name")
    return dict(found)


def names_judged(modality: Modality | None) -> tuple[str, ...]:
    """Return the names of what is judged of a sample, as the modality's example has them."""
    return ("",) if modality is None else tuple(judged_of(modality, modality.target(modality.example())))


def in_colour(modality: Modality) -> bool:
    """Say whether all that is judged of a sample are RGB images, as the modality's example has them."""
    things = judged_of(modality, modality.target(modality.example())).values()
    return all(
        isinstance(thing, Tensor) and thing.dtype == torch.uint8 and thing.ndim == 4 and thing.shape[1] == 3
        for thing in things
    )


def order_of(n: int) -> Tensor:
    """Return the fixed order of ``n`` real samples by which they are halved, ``(n,)`` int64."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(seeds.stream(0, "evaluation")))


def partners(n: int) -> Tensor:
    """Return another real sample for each of ``n``, ``(n,)`` int64: of each half the one at its place in the other.

    With an odd number, the last has the first for a partner; the one of a single sample is itself.
    """
    order, half = order_of(n), n // 2
    found = torch.empty(n, dtype=torch.int64)
    found[order[:half]], found[order[half : 2 * half]] = order[half : 2 * half], order[:half]
    if n % 2:
        found[order[-1]] = order[0]
    return found


class OfOneThing:
    """Numbers of one thing that is judged of generated samples.

    Args:
        metrics: by key.
        n: how many samples there will be.
        viewer: that sees them.
        halves: places of samples, for the numbers' standard errors.
        title: of the extractor.
    """

    def __init__(
        self, metrics: Mapping[str, Metric], n: int, viewer: Viewer, halves: Sequence[Tensor], title: str
    ) -> None:
        self._metrics, self._n, self._viewer, self._halves, self._title = metrics, n, viewer, halves, title
        self._fake = Gathering(metrics, n, parts=halves, extractor=title)
        # Their real side is what the extractor sees of the real samples of the same rows.
        self._paired = {key: metric for key, metric in metrics.items() if metric.paired and not own(metric)}
        self._real: Gathering | None = None

    def add(self, samples: Batch, target: Batch | None, label: Tensor | None = None) -> dict[str, Tensor]:
        """Take in the next samples, with the real ones of the same rows and the classes, if there are any.

        Returns:
            What was seen.
        """
        seen = with_labels(self._viewer.seen(samples, target), label)
        self._fake.add(seen)
        if target is not None and self._paired:
            if self._real is None:
                self._real = Gathering(self._paired, self._n, parts=self._halves, extractor=self._title)
            self._real.add(self._viewer.alone().seen(target))
        return seen

    def numbers(
        self,
        reference: ReferenceSet,
        pictures: dict[str, bytes] | None,
        spreads: dict[str, float] | None,
        by_class: dict[str, dict[int, OfClass]] | None = None,
    ) -> dict[str, float]:
        """Return the numbers by key; to be asked for once. The arguments are those of ``Evaluator.score``.

        Raises:
            MetricError: there are too few samples, or a number would not be finite.
        """
        self._fake.check()
        if self._real is not None:
            self._real.check()
        on_halves = OnHalves(self._metrics, self._halves, self._n)
        found: dict[str, float] = {}
        for key, metric in self._metrics.items():
            fake, real = self._fake.summary(key), self._real_of(key, reference)
            found[key] = number(metric, self._title, fake, real)
            if pictures is not None and (picture := metric.picture(fake, real)) is not None:
                pictures[key] = picture
            if by_class is not None and (classes := metric.by_class(fake, real)):
                by_class[key] = classes
            on_halves.whole(key, fake, real)
        if spreads is not None:
            real_of = {key: measured.summary for key, measured in reference.measured.items()}
            spreads.update(on_halves.spreads(self._fake, real_of, self._real, self._paired))
        return found

    def _real_of(self, key: str, reference: ReferenceSet) -> dict[str, Tensor]:
        if self._real is not None and key in self._paired:
            return {name: values.cpu() for name, values in self._real.summary(key).items()}
        return reference.measured[key].summary


def of_thing(metrics: Mapping[str, Metric], judged: str) -> dict[str, Metric]:
    """Return those metrics, by key, that are of one thing that is judged."""
    return {key: metric for key, metric in metrics.items() if parts_of(key)[1] == judged}


def length_of(judged: Mapping[str, Batch]) -> int:
    """Return how many samples there are of all that is judged, at the least."""
    return min(len(samples) for samples in judged.values())
