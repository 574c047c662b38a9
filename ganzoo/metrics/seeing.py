"""Images shown to an extractor: batches of one size, or of several."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Extractor

from .gathering import Gathering
from .pairing import require_pair

Batch = Tensor | Sequence[Tensor]
"""Images of one size, ``(B, C, H, W)``; or a list of images ``(C, H, W)``, each of its own size."""
Watch = Callable[[Mapping[str, Tensor]], None]
"""Something that is given what the extractor saw of each batch, in order."""


def see(
    extractor: Extractor,
    title: str,
    batches: Iterable[Batch],
    gathering: Gathering,
    *,
    device: torch.device,
    tick: Callable[[int], None] = lambda seen: None,
    watch: Watch | None = None,
) -> None:
    """Show all images of a set to an extractor, and gather what it saw of them, in their order.

    Args:
        extractor: that sees them.
        title: of it, for errors.
        batches: the images at rest; no batch is held any longer than until the next one is asked for.
        gathering: takes in what was seen.
        device: where the extractor is.
        tick: is given the number of images seen so far.
        watch: is given what was seen, too.

    Raises:
        MetricError: the extractor cannot look at such images, or gives values that are not finite.
    """
    total = 0
    for images in batches:
        seen = seen_of(extractor, title, images, device)
        gathering.add(seen)
        if watch is not None:
            watch(seen)
        total += len(images)
        tick(total)
    gathering.check()


def seen_of(extractor: Extractor, title: str, images: Batch, device: torch.device) -> dict[str, Tensor]:
    """Return what an extractor sees of a batch, row by row in its order.

    Images of several sizes are shown size by size, each at its own.

    Raises:
        MetricError: the extractor cannot look at such images, or gives rows of different lengths for different sizes.
    """
    if isinstance(images, Tensor):
        require_seen(images, extractor, title)
        whole: dict[str, Tensor] = extractor(images.to(device))
        return whole
    places: dict[tuple[int, ...], list[int]] = {}
    for place, image in enumerate(images):
        places.setdefault(tuple(image.shape), []).append(place)
    parts: list[tuple[tuple[int, ...], list[int], dict[str, Tensor]]] = []
    for shape, chosen in places.items():
        alike = torch.stack([images[place] for place in chosen])
        require_seen(alike, extractor, title)
        parts.append((shape, chosen, extractor(alike.to(device))))
    if len(parts) == 1:
        return parts[0][2]
    order = torch.tensor([place for _, chosen, _ in parts for place in chosen]).argsort()
    return {key: _joined(key, [(shape, seen[key]) for shape, _, seen in parts], order, title) for key in parts[0][2]}


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


def require_seen(images: Tensor, extractor: Extractor, title: str) -> None:
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
    require_pair(title, extractor.point, point)
