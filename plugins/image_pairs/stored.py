"""Pairs of pictures as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Row, Rows
from ganzoo.interfaces.size import size_of
from ganzoo.layers import coins, mirrored, to_unit

from .from_picture import FromPicture, ramp
from .reading import read_pairs


@dataclass(frozen=True)
class Pairs(FromPicture):
    """Two pictures of one size: the field ``y``, ``(N, G, H, W)`` uint8, is given, and ``x`` is wanted.

    Attributes:
        given_channels: of the given picture.
    """

    name: ClassVar[str] = "pairs"

    given_channels: int = 3

    @property
    def channels_given(self) -> int:
        """Channels of the given picture."""
        return self.given_channels

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return wanted and given pictures, of which both or neither are mirrored."""
        x, y = to_unit(row["x"]), to_unit(row["y"])
        if flips:
            coin = coins(len(x), rng)
            x, y = mirrored(x, coin), mirrored(y, coin)
        return x, y

    def condition(self, row: Row) -> Tensor:
        """Return the given pictures."""
        return to_unit(row["y"])

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return ramps, and as given ones their negatives."""
        x, y = ramp(n, self.channels, self.image_size), ramp(n, self.given_channels, self.image_size)
        return {"x": x, "y": 255 - y}

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a folder of folders ``A`` (given) and ``B`` (wanted) with files of the same names.

        Or a folder of pictures that are twice as wide as high, of which the left half is given and the right one is
        wanted. With a folder ``train`` in it, that is read.

        Raises:
            DataError: a picture has no partner, is broken, or has another size than the others.
        """
        return cls.of_folder(path / "train" if (path / "train").is_dir() else path)

    @classmethod
    def read_held_out(cls, path: Path) -> Rows | None:
        """Read its folder ``test``, or ``val``, likewise; None without either.

        Raises:
            DataError: see ``read``.
        """
        for part in ("test", "val"):
            if (path / part).is_dir():
                return cls.of_folder(path / part)
        return None

    @classmethod
    def of_folder(cls, folder: Path) -> Rows | None:
        """Read the pairs that lie in a folder; None where there are none."""
        found = read_pairs(folder)
        if found is None:
            return None
        x, y = found
        size = size_of(*x.shape[2:])
        return Rows(cls(image_size=size, channels=x.shape[1], given_channels=y.shape[1]), {"x": x, "y": y})
