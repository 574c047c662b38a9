"""Samples shown to an extractor and to the metrics that look themselves: batches of one size, or of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor, Metric

from .columns import LABEL, looked
from .gathering import Gathering
from .pairing import require_pair

Batch = Tensor | Sequence[Tensor]
"""Things that are judged, at rest, ``(B, ...)``; or a list of images ``(C, H, W)``, each of its own size."""
Samples = Batch | Mapping[str, Tensor]
"""Samples at rest, of which one or several things are judged."""
Watch = Callable[[Mapping[str, Tensor]], None]
"""Something that is given what the extractor saw of each batch, in order."""


@dataclass(frozen=True)
class Pairs:
    """A batch of samples at rest, with the real samples of the same rows.

    Attributes:
        sample: at rest.
        target: as many real ones, at rest.
    """

    sample: Samples
    target: Samples


@dataclass(frozen=True)
class Labelled:
    """A batch of samples at rest, with the class of each.

    Attributes:
        given: the samples; with the real samples of the same rows, where there are any.
        label: class indices, ``(B,)`` int64, on any device.
    """

    given: Samples | Pairs
    label: Tensor


Given = Samples | Pairs | Labelled
"""A batch as an evaluator is given it."""


def unpacked(batch: Given) -> tuple[Samples, Samples | None, Tensor | None]:
    """Return a batch's samples, the real ones of the same rows, and the classes; None where there are none."""
    label = batch.label if isinstance(batch, Labelled) else None
    held = batch.given if isinstance(batch, Labelled) else batch
    return (held.sample, held.target, label) if isinstance(held, Pairs) else (held, None, label)


def with_labels(seen: dict[str, Tensor], label: Tensor | None) -> dict[str, Tensor]:
    """Return what was seen of samples with the column of their classes, where these are known."""
    if label is None:
        return seen
    device = next((values.device for values in seen.values()), label.device)
    return {**seen, LABEL: label.to(device).view(-1, 1)}


@dataclass(frozen=True)
class Viewer:
    """An extractor, and metrics that look themselves.

    Attributes:
        extractor: that sees samples; None for none.
        title: of it, for errors.
        device: where it is, and where metrics look.
        metrics: that look, by key; those that do not may be among them.
        checked: refuse what is neither uint8 images nor float32 points, where nothing else tells what the data are.
    """

    extractor: Extractor | None
    title: str
    device: torch.device
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    checked: bool = True

    def seen(self, batch: Batch, target: Batch | None = None) -> dict[str, Tensor]:
        """Return what is seen of a batch, row by row in its order.

        Images of several sizes are shown size by size, each at its own.

        Args:
            batch: of what is judged.
            target: the real samples of the same rows; None where there are none.

        Raises:
            MetricError: the extractor cannot look at such samples, or gives rows of different lengths for different
                sizes.
        """
        if isinstance(batch, Tensor):
            return self._seen(batch, _stacked(target))
        places: dict[tuple[int, ...], list[int]] = {}
        for place, image in enumerate(batch):
            places.setdefault(tuple(image.shape), []).append(place)
        parts: list[tuple[tuple[int, ...], dict[str, Tensor]]] = []
        for shape, chosen in places.items():
            alike = torch.stack([batch[place] for place in chosen])
            others = None if target is None else _stacked([target[place] for place in chosen])
            parts.append((shape, self._seen(alike, others)))
        if len(parts) == 1:
            return parts[0][1]
        order = torch.tensor([place for chosen in places.values() for place in chosen]).argsort()
        return {
            key: _joined(key, [(shape, seen[key]) for shape, seen in parts], order, self.title) for key in parts[0][1]
        }

    def alone(self) -> Viewer:
        """Return the extractor without the metrics that look."""
        return replace(self, metrics={})

    def _of_extractor(self, samples: Tensor) -> dict[str, Tensor]:
        """Return what the extractor alone sees; nothing without one."""
        if self.checked:
            require_seen(samples, self.extractor, self.title)
        seen: dict[str, Tensor] = {} if self.extractor is None else self.extractor(samples.to(self.device))
        return seen

    def _seen(self, samples: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        samples = samples.to(self.device)
        seen = self._of_extractor(samples)
        own = looked(self.metrics, samples, None if target is None else target.to(self.device))
        return {**seen, **own} if own else seen


def see(
    viewer: Viewer,
    batches: Iterable[Batch | Pairs | Labelled],
    gathering: Gathering,
    *,
    tick: Callable[[int], None] = lambda seen: None,
    watch: Watch | None = None,
) -> None:
    """Show all samples of a set, and gather what was seen of them, in their order.

    Args:
        viewer: that sees them.
        batches: of what is judged, at rest; no batch is held any longer than until the next one is asked for.
        gathering: takes in what was seen.
        tick: is given the number of samples seen so far.
        watch: is given what was seen, too.

    Raises:
        MetricError: the extractor cannot look at such samples, or gives values that are not finite.
    """
    total = 0
    for batch in batches:
        samples, target, label = unpacked(batch)
        assert not isinstance(samples, Mapping) and not isinstance(target, Mapping)  # one thing is judged at a time
        seen = with_labels(viewer.seen(samples, target), label)
        gathering.add(seen)
        if watch is not None:
            watch(seen)
        total += len(samples)
        tick(total)
    gathering.check()


def _stacked(images: Batch | None) -> Tensor | None:
    """Return images in one tensor.

    Raises:
        MetricError: they are of several sizes.
    """
    if images is None or isinstance(images, Tensor):
        return images
    if len({tuple(image.shape) for image in images}) > 1:
        raise MetricError(
            "real images of one size are compared with generated ones of one size, and these are of several"
        )
    return torch.stack([*images])


def _joined(key: str, parts: Sequence[tuple[tuple[int, ...], Tensor]], order: Tensor, title: str) -> Tensor:
    widths = {rows.shape[1:]: shape for shape, rows in parts}
    if len(widths) > 1:
        one, other = list(widths.values())[:2]
        raise MetricError(
            f"the extractor {title} gives {key} of another length for images of {one[2]}x{one[1]} than for images of "
            f"{other[2]}x{other[1]}, so that it judges sets of one size alone"
        )
    rows = torch.cat([part for _, part in parts])
    return rows[order.to(rows.device)]


def require_seen(images: Tensor, extractor: Extractor | None, title: str) -> None:
    """Require data at rest that an extractor can look at.

    Raises:
        MetricError: they are neither uint8 images nor float32 points, or it sees the other kind.
    """
    dtype, shape = images.dtype, tuple(images.shape)
    if dtype == torch.uint8 and len(shape) == 4:
        point = 0
    elif dtype == torch.float32 and len(shape) == 4 and shape[2:] == (1, 1):
        point = shape[1]
    else:
        raise MetricError(
            "an evaluator takes uint8 images of shape (B, C, H, W) or float32 points of shape (B, C, 1, 1), "
            f"not {dtype} {shape}"
        )
    if extractor is not None:
        require_pair(title, type(extractor), None, point)
