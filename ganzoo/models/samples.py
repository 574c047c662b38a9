"""Samples that a generator drew, with all that they were drawn from."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from ..api.arguments import whole
from ..data.pixels import are_points
from ..drawing import grid_png, scatter_png
from ..errors import GanzooError

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_SHOWN = 256  # images that a notebook shows of many


@dataclass(frozen=True, repr=False, eq=False)
class Samples:
    """Samples, and what they were drawn from. All tensors are on the CPU.

    A notebook shows them as a picture. ``samples[3]`` is one of them, a tensor; ``samples[:10]`` are Samples again.

    Attributes:
        data: uint8 images ``(N, C, H, W)``, or points, float32 ``(N, C, 1, 1)``.
        y: the labels that they were asked for with, ``(N,)`` int64; None without labels.
        z: their latents ``(N, z_dim)``; None where they have none, such as between two styles.
        w: their styles ``(N, L, W)``, where these were what was chosen; None for others.
        classes: names of the classes by index; empty without labels.
        columns: how many stand in a row of a grid unless it is said; None for as many as make it square.
        real: real points ``(M, C, 1, 1)`` that a picture shows behind the samples; None for none.
    """

    data: Tensor
    y: Tensor | None = None
    z: Tensor | None = None
    w: Tensor | None = None
    classes: tuple[str, ...] = ()
    columns: int | None = None
    real: Tensor | None = None

    @property
    def kind(self) -> Literal["images", "points"]:
        """The kind of a sample."""
        return "points" if are_points(self.data) else "images"

    def __repr__(self) -> str:
        n, channels, height, width = self.data.shape
        shape = f"{channels} numbers" if self.kind == "points" else f"{height}x{width}x{channels}"
        named = f", {len(self.classes):,} classes" if self.y is not None else ""
        return f"Samples({n:,} {self.kind} of {shape}{named})"

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.data)

    def __getitem__(self, index: int | slice | Sequence[int] | Tensor) -> Tensor | Samples:
        if (at := _position(index)) is not None:
            return self.data[at]
        picked = index
        if not isinstance(index, slice):
            picked = torch.as_tensor(index, dtype=None if len(index) else torch.int64)  # type: ignore[arg-type]
        fields = {name: None if (t := getattr(self, name)) is None else t[picked] for name in ("y", "z", "w")}
        return Samples(self.data[picked], classes=self.classes, real=self.real, **fields)

    @classmethod
    def joined(cls, parts: Sequence[Samples]) -> Samples:
        """Join batches of samples, at least one, of one generator."""
        first = parts[0]
        if len(parts) == 1:
            return first
        fields = {
            name: None if getattr(first, name) is None else torch.cat([getattr(part, name) for part in parts])
            for name in ("y", "z", "w")
        }
        data = torch.cat([part.data for part in parts])
        return cls(data, classes=first.classes, columns=first.columns, real=first.real, **fields)

    def numpy(self) -> np.ndarray:
        """Return the data as an array: ``(N, C, H, W)`` uint8, or ``(N, C)`` float32 for points."""
        return (self.data.flatten(1) if self.kind == "points" else self.data).numpy()

    def pil(self) -> list[Image]:
        """Return the samples as pictures of Pillow: grey for one channel, RGB for three.

        Raises:
            GanzooError: they are points, or have another number of channels.
        """
        from .pictures import picture

        return [picture(one) for one in self.images("pictures").numpy()]

    def png(self, columns: int | None = None) -> bytes:
        """Draw all samples into one picture, as the bytes of a PNG: a grid of images, or a scatter of points.

        Small images are enlarged by a whole factor. The same samples give the same bytes.

        Args:
            columns: how many images stand in a row.
        """
        if not len(self):
            raise GanzooError("a picture shows one sample or more, and these are none")
        columns = self.columns if columns is None else whole(columns, "columns", 1)
        if self.kind == "points":
            real = self.data[:0] if self.real is None else self.real
            return scatter_png(self.data.numpy(), real.numpy())
        return grid_png(self.data.numpy(), columns)

    def grid(self, columns: int | None = None) -> Image:
        """Draw all samples into one picture of Pillow; ``numpy.asarray`` makes an array of it. See ``png``."""
        import io

        from PIL import Image

        picture = Image.open(io.BytesIO(self.png(columns)))
        picture.load()
        return picture

    def _repr_png_(self) -> bytes | None:
        if not len(self):
            return None
        n = len(self) if self.kind == "points" else min(len(self), _SHOWN)
        return Samples(self.data[:n], columns=self.columns, real=self.real).png()

    def save(self, path: str | Path, columns: int | None = None) -> Path:
        """Write the samples; the ending of the path decides the form.

        ``x.png`` is one picture of all. ``x.npz`` holds ``images``, ``labels`` and ``classes``, or ``points``. A path
        without an ending, or that ends in ``/``, is a folder with a PNG for each image, in a folder for each class
        where there are labels. The last two are read by ``ganzoo bench --data`` again. Nothing is written by halves.

        Args:
            path: of the file or folder.
            columns: how many images stand in a row of a picture.

        Returns:
            The path.

        Raises:
            GanzooError: the ending is none of these, the folder holds other files, or the samples have no such form.
            SetupError: the disk is full, or the folder cannot be written.
        """
        from .saving import save

        if not len(self):
            raise GanzooError("there are no samples to write")
        return save(path, iter([self]), len(self), columns=columns)

    def images(self, wanted: str) -> Tensor:
        """Return the data, where it is images.

        Args:
            wanted: names what is made of them, for the error.

        Raises:
            GanzooError: it is points.
        """
        if self.kind == "points":
            raise GanzooError(f"{wanted} are made of images, and these samples are points: write x.png or x.npz")
        return self.data


def _position(index: object) -> int | None:
    """Return the place of one sample, which may be a number of numpy or torch; None for several."""
    try:
        return operator.index(index)  # type: ignore[arg-type]
    except TypeError:
        return None
