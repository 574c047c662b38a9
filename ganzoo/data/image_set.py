"""Training data of a run, as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..interfaces.data import Dataset
from ..interfaces.size import Size, size_of
from ..text import per_class

_TUPLES = ("classes", "skipped", "metrics", "counts", "notes", "left_out")


@dataclass(frozen=True)
class ImageSet:
    """Decoded training images at rest, or points, each of which counts as an image of one pixel.

    Attributes:
        name: the dataset's name; for a path, its stem in lower case with ``-`` for what is no letter or digit.
        folder: holds ``images.npy``, uint8 ``(N, C, H, W)``, of points float32 ``(N, C, 1, 1)``; and, with labels,
            ``labels.npy``, int64 ``(N,)``.
        hash: sha256 in hex over the shape, the pixels, the labels and the names of the classes; of points over
            their type too.
        n: how many images.
        channels: 1 for grey, 3 for RGB; of points, how many numbers each has.
        height: in pixels.
        width: in pixels.
        classes: the names of the classes by index; empty without labels.
        extractor: the extractor that its numbers are taken with unless the user names another.
        source: where it came from, in words.
        skipped: the bad images that were left out, each with the reason.
        points: these are points, not images.
        metrics: those that are taken unless the user names others.
        samples: how many generated images are evaluated unless the user says how many; None: as many as there are real
            ones, 50,000 at most.
        held_out: images of the same shape and classes that nothing is trained on; None where there are none. It holds
            none itself.
        counts: how many images each class has, by index; empty without labels, and where an older file does not say.
        notes: sentences on how it was read, such as what its folders were taken for.
        left_out: sentences on what of the source was not read, with counts.
    """

    name: str
    folder: Path
    hash: str
    n: int
    channels: int
    height: int
    width: int
    classes: tuple[str, ...]
    extractor: str
    source: str
    skipped: tuple[str, ...] = ()
    points: bool = False
    metrics: tuple[str, ...] = Dataset.metrics
    samples: int | None = None
    held_out: "ImageSet | None" = None
    counts: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def point(self) -> int:
        """Numbers of each point, as ``Extractor.point``; 0 for images."""
        return self.channels if self.points else 0

    @property
    def image_size(self) -> Size:
        """Height and width as networks are given them: one number for squares, else both."""
        return size_of(self.height, self.width)

    @property
    def described(self) -> str:
        """Number and shape of the images, for people."""
        size = f"{self.height}x{self.width}x{self.channels}"
        return f"{self.n:,} {f'points of {self.channels} numbers' if self.points else f'images of {size}'}"

    @property
    def told(self) -> str:
        """``described``, with the classes and how many images each has."""
        classes = per_class(self.classes, self.counts)
        return f"{self.described} in {classes}" if classes else self.described

    def to_json(self) -> dict[str, Any]:
        """Plain data that ``from_json`` reads."""
        lists = {name: [*getattr(self, name)] for name in _TUPLES}
        held_out = None if self.held_out is None else self.held_out.to_json()
        return {**asdict(self), "folder": str(self.folder), "held_out": held_out, **lists}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ImageSet":
        """Read what ``to_json`` gives; older files say nothing of points or of held-out images."""
        tuples = {name: tuple(data[name]) for name in _TUPLES if name in data}
        held_out = cls.from_json(data["held_out"]) if data.get("held_out") else None
        return cls(**{**data, "folder": Path(data["folder"]), "held_out": held_out, **tuples})
