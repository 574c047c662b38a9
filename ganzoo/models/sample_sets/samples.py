"""Samples that a generator drew, with all that they were drawn from."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...api.arguments import whole
from ...errors import GanzooError
from ...interfaces import Modality
from ...samples import each, size
from ..version1 import modality_of

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_SHOWN = 256  # images that a notebook shows of many


@dataclass(frozen=True, repr=False, eq=False)
class Samples:
    """Samples, and what they were drawn from. All tensors are on the CPU.

    A notebook shows them as a picture. ``samples[3]`` is one of them, a tensor or tensors by name; ``samples[:10]``
    are Samples again.

    Attributes:
        data: at rest: uint8 images ``(N, C, H, W)``, points, float32 ``(N, C, 1, 1)``, or those of another modality.
        y: the labels that they were asked for with, ``(N,)`` int64, or other conditions; None without any.
        z: their latents ``(N, z_dim)``; None where they have none, such as between two styles.
        w: their styles ``(N, L, W)``, where these were what was chosen; None for others.
        classes: names of the classes by index; empty without labels.
        columns: how many stand in a row of a grid unless it is said; None for as many as make it square.
        real: real samples that a picture shows beside these; None for none.
        modality: of the samples. Images and points tell theirs themselves.
    """

    data: Any
    y: Any = None
    z: Tensor | None = None
    w: Tensor | None = None
    classes: tuple[str, ...] = ()
    columns: int | None = None
    real: Any = None
    modality: Modality = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        """Take images for images, and points for points."""
        if self.modality is None:
            object.__setattr__(self, "modality", modality_of(self.data))

    @property
    def kind(self) -> str:
        """The name of their modality: ``images``, ``points`` or another."""
        return self.modality.name

    def __repr__(self) -> str:
        data = self.data if not isinstance(self.data, Tensor) else {"x": self.data}
        named = f", {len(self.classes):,} classes" if self.y is not None and self.classes else ""
        return f"Samples({self.modality.described(data)}{named})"

    def __len__(self) -> int:
        return size(self.data)

    def __iter__(self) -> Iterator[Any]:
        return (self._one(i) for i in range(len(self)))

    def _one(self, place: int) -> Any:
        return each(lambda tensor: tensor[place], self.data)

    def __getitem__(self, index: int | slice | Sequence[int] | Tensor) -> Any:
        if (at := _position(index)) is not None:
            return self._one(at)
        picked = index
        if not isinstance(index, slice):
            picked = torch.as_tensor(index, dtype=None if len(index) else torch.int64)  # type: ignore[arg-type]
        of = {name: each(lambda t: t[picked], getattr(self, name)) for name in ("data", "y", "z", "w")}
        return Samples(**of, classes=self.classes, real=self.real, modality=self.modality)

    @classmethod
    def joined(cls, parts: Sequence[Samples]) -> Samples:
        """Join batches of samples, at least one, of one generator."""
        first = parts[0]
        if len(parts) == 1:
            return first
        joined = {}
        for name in ("data", "y", "z", "w"):
            joined[name] = each(lambda *tensors: torch.cat(tensors), *(getattr(part, name) for part in parts))
        return cls(**joined, classes=first.classes, columns=first.columns, real=first.real, modality=first.modality)

    def numpy(self) -> np.ndarray | dict[str, np.ndarray]:
        """Return the data as an array: ``(N, C, H, W)`` uint8, or ``(N, C)`` float32 for points.

        Of another modality it is what an ``.npz`` holds: one array, or arrays by name where there are several.
        """
        arrays = {name: tensor.numpy() for name, tensor in self.modality.arrays(self.data).items()}
        return arrays if len(arrays) > 1 else next(iter(arrays.values()))

    def pil(self) -> list[Image]:
        """Return the samples as pictures of Pillow: grey for one channel, RGB for three.

        Raises:
            GanzooError: they are no images, or have another number of channels.
        """
        from .pictures import picture

        return [picture(one) for one in self.images("pictures").numpy()]

    def png(self, columns: int | None = None) -> bytes:
        """Draw all samples into one picture, as the bytes of a PNG: a grid of images, a scatter of points, and so on.

        The modality draws it. Small images are enlarged by a whole factor. The same samples give the same bytes.

        Args:
            columns: how many stand in a row, where that means something.

        Raises:
            GanzooError: there are no samples, or nothing draws them.
        """
        if not len(self):
            raise GanzooError("a picture shows one sample or more, and these are none")
        columns = self.columns if columns is None else whole(columns, "columns", 1)
        drawn = None if columns is None else self.modality.ways(self.data, columns)
        drawn = drawn or self.modality.picture(self.data, self.real, self.y)
        if drawn is None:
            raise GanzooError(f"nothing draws {self.kind} as a picture: {written(self.modality)}")
        return drawn

    def grid(self, columns: int | None = None) -> Image:
        """Draw all samples into one picture of Pillow; ``numpy.asarray`` makes an array of it. See ``png``."""
        import io

        from PIL import Image

        picture = Image.open(io.BytesIO(self.png(columns)))
        picture.load()
        return picture

    def _repr_png_(self) -> bytes | None:
        if not len(self) or not has_picture(self.modality):
            return None
        n = len(self) if self.modality.as_images(self.data) is None else min(len(self), _SHOWN)
        shown = self[:n]
        return Samples(**{**vars(shown), "columns": self.columns, "real": self.real}).png()

    def save(self, path: str | Path, columns: int | None = None) -> Path:
        """Write the samples; the ending of the path decides the form.

        ``x.png`` is one picture of all. ``x.npz`` holds ``images``, ``labels`` and ``classes``, or ``points``, or what
        another modality names. A path without an ending, or that ends in ``/``, is a folder with a PNG for each image,
        in a folder for each class where there are labels. ``ganzoo bench --data`` reads the last two again. A modality
        may have endings of its own, such as ``x.csv``. Nothing is written by halves.

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
        """Return the samples as images ``(N, C, H, W)`` uint8, where they are images.

        Args:
            wanted: names what is made of them, for the error.

        Raises:
            GanzooError: they are none.
        """
        images = self.modality.as_images(self.data)
        if images is None:
            instead = written(self.modality)
            raise GanzooError(f"{wanted} are made of images, and these samples are {self.kind}: {instead}")
        return images


def _position(index: object) -> int | None:
    """Return the place of one sample, which may be a number of numpy or torch; None for several."""
    try:
        return operator.index(index)  # type: ignore[arg-type]
    except TypeError:
        return None


def has_picture(modality: Modality) -> bool:
    """Say whether a modality draws its samples."""
    return type(modality).picture is not Modality.picture


def are_images(modality: Modality) -> bool:
    """Say whether each sample of a modality is an image."""
    return modality.as_images(modality.target(modality.example())) is not None


def written(modality: Modality) -> str:
    """Return the endings that samples of a modality can have, as an advice."""
    names = ["x.png"] * has_picture(modality) + ["x.npz"] + [f"x{ending}" for ending in modality.endings]
    names += ["x/"] * are_images(modality)
    return f"write {', '.join(names[:-1])}{' or ' * (len(names) > 1)}{names[-1]}"
