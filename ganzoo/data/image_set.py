"""What a run needs to know of its training images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ImageSet:
    """Decoded training images at rest.

    Attributes:
        name: the dataset's name; for a path, its stem in lower case with ``-`` for what is no letter or digit.
        folder: holds ``images.npy``, uint8 ``(N, C, H, W)``, and, with labels, ``labels.npy``, int64 ``(N,)``.
        hash: sha256 in hex over the shape, the pixels, the labels and the names of the classes.
        n: how many images.
        channels: 1 for grey, 3 for RGB.
        height: in pixels, equal to ``width``.
        width: in pixels.
        classes: the names of the classes by index; empty without labels.
        extractor: the extractor that its numbers are taken with unless the user names another.
        source: where it came from, in words.
        skipped: the bad images that were left out, each with the reason.
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

    def to_json(self) -> dict[str, Any]:
        """Plain data that ``from_json`` reads."""
        return {**asdict(self), "folder": str(self.folder), "classes": [*self.classes], "skipped": [*self.skipped]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ImageSet":
        """The inverse of ``to_json``."""
        given = {**data, "folder": Path(data["folder"])}
        return cls(**{**given, "classes": tuple(data["classes"]), "skipped": tuple(data["skipped"])})
