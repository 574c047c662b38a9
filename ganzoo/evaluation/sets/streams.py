"""Sets of images that are read batch by batch, so that no more than two batches are in memory."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...metrics import BATCH
from ...metrics.seeing import Batch, Labelled

BYTES = 2**28  # of decoded images in a batch: of large ones fewer make a batch
_MOST_SIZES = 4


@dataclass
class Contents:
    """Contents of a set, counted while it is read.

    Attributes:
        sizes: how many images there are of each shape ``(C, H, W)``.
    """

    sizes: Counter[tuple[int, ...]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, batch: Batch) -> None:
        """Count a batch of images at rest."""
        for image in batch:
            shape = tuple(image.shape)
            self.sizes[shape] += 1
            self._digest.update(f"{image.dtype} {shape} ".encode())
            self._digest.update(image.contiguous().reshape(-1).view(torch.uint8).cpu().numpy().data)

    def hash(self) -> str:
        """Sha256 in hex over the types, shapes and pixels of the images, in their order."""
        return self._digest.hexdigest()


class ImageStream(ABC):
    """A set of images, or of points, at rest.

    Attributes:
        kind: what it is, in words, such as ``folder``.
        name: of it, for tables.
        source: where it came from, in words.
        n: how many there are.
        point: of points, how many numbers each has; 0 for images.
        hash: sha256 of its contents, where that is known without reading them.
        fingerprint: stands for everything that its contents depend on; None where it takes reading them to know.
        metrics: those that its data set is judged by; None where it has no say.
        extractor: the one that its data set is judged with; None likewise.
        left_out: sentences on what is not read, with counts.
        notes: sentences on how it is read.
        enlarged: images that were made larger than they are; of files, those that were decoded so far.
        classes: the names of the classes by index; empty where the images have none.
        labels: the class of each image, ``(N,)`` int64, where that is known before they are drawn.
    """

    kind: str
    name: str
    source: str
    n: int
    point: int = 0
    hash: str | None = None
    fingerprint: str | None = None
    metrics: tuple[str, ...] | None = None
    extractor: str | None = None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    enlarged: int = 0
    classes: tuple[str, ...] = ()
    labels: Tensor | None = None

    @abstractmethod
    def batches(self) -> Iterator[Batch]:
        """Yield the images in their order, at most ``BATCH`` at a time; may be asked for again.

        Raises:
            DataError: an image cannot be read.
        """

    @abstractmethod
    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Return some of the images, each ``(C, H, W)`` at rest on the CPU, in the order of ``places``."""

    def label(self, place: int) -> str:
        """Return the name of an image, such as that of its file."""
        return f"{self.name}[{place}]"

    def labelled(self) -> Iterator[tuple[Batch, Tensor]]:
        """Yield the images with their classes, ``(B,)`` int64; asked of a set that has ``classes``."""
        at = 0
        for batch in self.batches():
            assert self.labels is not None
            yield batch, self.labels[at : at + len(batch)]
            at += len(batch)

    def counted(self, contents: Contents) -> Iterator[Batch]:
        """Yield the images, and count them as they pass."""
        for batch in self.batches():
            contents.add(batch)
            yield batch

    def counted_by_class(self, contents: Contents, classes: Sequence[str]) -> Iterator[Labelled]:
        """Yield the images with their classes, as places in ``classes``, and count them as they pass."""
        place = torch.tensor([classes.index(name) for name in self.classes])
        for batch, labels in self.labelled():
            contents.add(batch)
            yield Labelled(batch, place[labels.cpu()])


class TensorStream(ImageStream):
    """A set that is a tensor, perhaps mapped from a file.

    Args:
        data: ``(N, C, H, W)`` uint8, or points, ``(N, C, 1, 1)`` float32.
        name: of the set.
        kind: what it is, in words.
        source: where it came from, in words.
    """

    def __init__(self, data: Tensor, *, name: str = "tensor", kind: str = "tensor", source: str = "a tensor") -> None:
        self.data, self.name, self.kind, self.source, self.n = data, name, kind, source, len(data)
        self.point = data.shape[1] if data.is_floating_point() else 0

    def batches(self) -> Iterator[Tensor]:
        """Yield views of the tensor."""
        size = batch_size(self.data[:1].numel() * self.data.element_size())
        yield from (self.data[at : at + size] for at in range(0, self.n, size))

    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Return copies."""
        return [self.data[place].cpu().clone() for place in places]


class DrawnStream(ImageStream):
    """Samples that a generator draws, the same ones each time; some of them are drawn again to be shown."""

    @abstractmethod
    def batches(self) -> Iterator[Tensor]:
        """Yield the samples in their order, ``(B, C, H, W)`` at rest."""

    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Draw the samples again up to the last of these."""
        return images_at(places, self.batches())

    def label(self, place: int) -> str:
        """Return the number of a sample."""
        return f"sample {place}"


def images_at(places: Sequence[int], batches: Iterable[Tensor]) -> list[Tensor]:
    """Take images out of batches ``(B, C, H, W)``, which end with the last that is asked for.

    Returns:
        Copies on the CPU, in the order of ``places``.
    """
    found: dict[int, Tensor] = {}
    at, wanted = 0, set(places)
    for batch in batches:
        found |= {place: batch[place - at].cpu().clone() for place in wanted if at <= place < at + len(batch)}
        at += len(batch)
        if len(found) == len(wanted):
            break
    return [found[place] for place in places]


def spaced(n: int, most: int) -> Tensor:
    """Return evenly spaced places of ``n``, ``most`` of them or all: ``(K,)`` int64, ascending."""
    kept = min(n, most)
    return torch.arange(kept) * n // max(1, kept)


def batch_size(image: int) -> int:
    """Return how many images of so many bytes make a batch."""
    return max(1, min(BATCH, BYTES // max(1, image)))


def sizes_in_words(sizes: Counter[tuple[int, ...]]) -> str:
    """Write the sizes of images, the most frequent first: ``32x32x3`` or ``64x48x3 (90), 64x64x3 (10)``."""
    ranked = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    written = ["x".join(str(side) for side in (*shape[1:], shape[0])) for shape, _ in ranked]
    if len(ranked) == 1:
        return written[0]
    told = [f"{size} ({n:,})" for size, (_, n) in zip(written, ranked, strict=True)][:_MOST_SIZES]
    more = len(ranked) - len(told)
    return ", ".join(told) + (f" and {more:,} more sizes" if more > 0 else "")
