"""Modalities whose given picture is made of the wanted one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from ganzoo.errors import DataError
from ganzoo.interfaces import Rows, Size
from ganzoo.interfaces.size import sides, size_of
from ganzoo.layers import to_bytes, to_unit

from .from_picture import MadeFrom, told


def pictures_of(rows: Rows) -> np.ndarray | None:
    """Return the pictures of rows, ``(N, 1 or 3, H, W)`` uint8; None where their field ``x`` is something else."""
    x = rows.fields.get("x")
    return x if x is not None and x.dtype == np.uint8 and x.ndim == 4 and x.shape[1] in (1, 3) else None


@dataclass(frozen=True)
class MadeOfPictures(MadeFrom):
    """Any pictures will do, whatever else is known of them."""

    @classmethod
    def fitting(cls, size: Size, channels: int) -> Self:
        """Return the modality of pictures of this shape.

        Raises:
            DataError: there is none.
        """
        return cls(image_size=size, channels=channels)

    @classmethod
    def of(cls, rows: Rows) -> Rows | None:
        """Take the pictures of other data; None where they have none.

        Raises:
            DataError: they do not suit this.
        """
        x = pictures_of(rows)
        if x is None:
            return None
        return Rows(cls.fitting(size_of(*x.shape[2:]), x.shape[1]), {"x": x})


@dataclass(frozen=True)
class LowSize(MadeOfPictures):
    """The picture at a fraction of its size is given: super-resolution.

    It is made smaller bicubically, with antialiasing, as by MATLAB's ``imresize``, and rounded to 8 bits.

    Source: arXiv:1609.04802, sec. 3.2; arXiv:1809.00219, sec. 4.1, where the factor is 4.
    Departs: at the edges, beyond which ``imresize`` mirrors the picture, and here no pixel counts. It plays in [-1, 1],
        in the first of the papers in [0, 1].

    Attributes:
        factor: by which both sides are divided.
    """

    name: ClassVar[str] = "low-size"
    made_from: ClassVar[str] = "a smaller one"
    offered: ClassVar[frozenset[str]] = MadeOfPictures.offered | {"factor"}

    factor: int = 4

    def offers(self, *, conditional: bool) -> dict[str, object]:
        """Return the factor as well."""
        return {**super().offers(conditional=conditional), "factor": self.factor}

    def given(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, C, H / factor, W / factor)``."""
        height, width = (side // self.factor for side in sides(self.image_size))
        return to_unit(to_bytes(interpolate(x, (height, width), mode="bicubic", antialias=True, align_corners=False)))

    @classmethod
    def fitting(cls, size: Size, channels: int) -> Self:
        """Take the papers' factor 4 for pictures of 32 pixels a side or more that it divides, and 2 for others.

        Raises:
            DataError: neither divides both sides.
        """
        for factor in (4, 2):
            if all(side % factor == 0 and side >= 8 * factor for side in sides(size)):
                return cls(image_size=size, channels=channels, factor=factor)
        if all(side % 2 == 0 and side >= 4 for side in sides(size)):
            return cls(image_size=size, channels=channels, factor=2)
        raise DataError(f"pictures of {told(size)} have no half size: bring them to an even one with --size")


@dataclass(frozen=True)
class Grey(MadeOfPictures):
    """The picture without its colours is given: colourisation. Grey is ITU-R BT.601's luma, as Pillow's ``L``."""

    name: ClassVar[str] = "grey"
    made_from: ClassVar[str] = "a grey one"

    @property
    def channels_given(self) -> int:
        """One."""
        return 1

    def given(self, x: Tensor) -> Tensor:
        """``(B, 3, H, W)`` -> ``(B, 1, H, W)``; of ``(B, 1, H, W)`` itself."""
        if x.shape[1] == 1:
            return x
        return 0.299 * x[:, 0:1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:3]

    @classmethod
    def fitting(cls, size: Size, channels: int) -> Self:
        """Return that of pictures in colour.

        Raises:
            DataError: they are grey.
        """
        if channels != 3:
            raise DataError("these pictures are grey, and nothing is wanted of them: take pictures in colour")
        return cls(image_size=size, channels=channels)


@dataclass(frozen=True)
class Edges(MadeOfPictures):
    """The picture's edges are given, bright on dark: the length of Sobel's gradient, of the channel with the longest.

    A quarter of Sobel's sums, so that a step from black to white has the full length; longer ones are cut.

    Source: arXiv:1611.07004, sec. 4, for edges to photos.
    Departs: the edges there are a trained detector's (HED), thinned.
    """

    name: ClassVar[str] = "edges"
    made_from: ClassVar[str] = "its edges"

    @property
    def channels_given(self) -> int:
        """One."""
        return 1

    def given(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, 1, H, W)``, -1 where nothing changes."""
        p = pad(x, (1, 1, 1, 1), mode="replicate") / 2  # [-1, 1] has the span 2
        down = p[:, :, :-2] + 2 * p[:, :, 1:-1] + p[:, :, 2:]
        right = p[..., :-2] + 2 * p[..., 1:-1] + p[..., 2:]
        across, along = (down[..., 2:] - down[..., :-2]) / 4, (right[:, :, 2:] - right[:, :, :-2]) / 4
        length = torch.sqrt(across.square() + along.square()).amax(1, keepdim=True)
        return 2 * length.clamp(max=1.0) - 1


@dataclass(frozen=True)
class LeftHalf(MadeOfPictures):
    """The left half of the picture is given, beside black: completion. Of an odd width the smaller half is given."""

    name: ClassVar[str] = "left-half"
    made_from: ClassVar[str] = "its left half"

    def given(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        kept = x.shape[3] // 2
        return torch.cat([x[..., :kept], torch.full_like(x[..., kept:], -1.0)], dim=3)
