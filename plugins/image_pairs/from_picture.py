"""The modality of a picture that is made from a picture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganzoo.drawing import columns
from ganzoo.interfaces import Modality, Row, Size
from ganzoo.interfaces.size import as_text, sides, size_of
from ganzoo.layers import coins, mirrored, to_bytes, to_unit
from ganzoo.samples import Sample, each, leaves


def ramp(n: int, channels: int, size: Size) -> Tensor:
    """Return grey ramps at rest, each a little brighter than the one before: ``(n, channels, H, W)`` uint8."""
    height, width = sides(size)
    first = torch.linspace(0, 200, channels * height * width).view(1, channels, height, width)
    return (first + torch.arange(n).view(n, 1, 1, 1) * 5 % 50).to(torch.uint8)


def enlarged_to(pictures: Tensor, height: int, width: int) -> Tensor:
    """Bring pictures to a size by repeating pixels, where they have another one."""
    return pictures if pictures.shape[2:] == (height, width) else interpolate(pictures, (height, width))


@dataclass(frozen=True)
class FromPicture(Modality):
    """A picture is wanted, and one is given, of which it is made. The field ``x``: ``(N, C, H, W)`` uint8, is wanted.

    Both play in [-1, 1], and are mirrored by one coin.

    Attributes:
        image_size: of the wanted picture, height and width in pixels: one number for squares, else both.
        channels: of the wanted picture, 1 for grey, 3 for RGB.
        made_from: what is given of each, in words.
    """

    image_size: Size = 32
    channels: int = 3

    called: ClassVar[str] = "pictures"
    made_from: ClassVar[str] = "another"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "given_channels"})
    extractor: ClassVar[str] = "inception"
    metrics: ClassVar[tuple[str, ...]] = ("psnr", "fid")
    mirrored: ClassVar[bool] = True
    judged_as: ClassVar[str] = "images"
    pictured: ClassVar[int] = 24

    def __post_init__(self) -> None:
        """Write the size as networks are given it, one number for squares."""
        object.__setattr__(self, "image_size", size_of(*sides(self.image_size)))

    @property
    @abstractmethod
    def channels_given(self) -> int:
        """Channels of the given picture."""

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``image_size``, ``channels`` and ``given_channels``, 0 where the players are shown no conditions."""
        given = self.channels_given if conditional else 0
        return {"image_size": self.image_size, "channels": self.channels, "given_channels": given}

    def rest(self, sample: Sample) -> Sample:
        """Return pictures in [-1, 1] as bytes."""
        rested: Sample = each(to_bytes, sample)
        return rested

    @classmethod
    def tried(cls) -> tuple[tuple[str, Modality], ...]:
        """Return small grey pictures."""
        return ((cls.name, cls(image_size=8, channels=1)),)

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``400 pictures of 256x256x3, each from another``."""
        height, width = sides(self.image_size)
        return f"{len(fields['x']):,} pictures of {height}x{width}x{self.channels}, each from {self.made_from}"

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes:
        """Draw what was given, what was made of it, and what is true, in columns."""
        shown = {"given": None if y is None else to_bytes(leaves(y)[0]), "made": leaves(fake)[0]}
        shown |= {"true": None if real is None else leaves(real)[0]}
        drawn = {title: one.cpu().numpy() for title, one in shown.items() if one is not None}
        return columns([*drawn.values()], [*drawn])

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes:
        """Draw given and true pictures in columns."""
        true = leaves(real)[0].cpu().numpy()
        return (
            columns([true], ["true"])
            if y is None
            else columns([to_bytes(leaves(y)[0]).cpu().numpy(), true], ["given", "true"])
        )

    def as_images(self, sample: Sample) -> Tensor:
        """Return the pictures themselves."""
        return leaves(sample)[0]


@dataclass(frozen=True)
class MadeFrom(FromPicture):
    """The given picture is made of the wanted one as they play, so that it is stored nowhere."""

    @abstractmethod
    def given(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` in [-1, 1] -> what is given of them, likewise; draws nothing."""

    @property
    def channels_given(self) -> int:
        """As many as the wanted picture has."""
        return self.channels

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return wanted pictures, and what is made of them once they are mirrored."""
        x = to_unit(row["x"])
        x = mirrored(x, coins(len(x), rng)) if flips else x
        return x, self.given(x)

    def condition(self, row: Row) -> Tensor:
        """Return what is given of the wanted pictures at rest."""
        return self.given(to_unit(row["x"]))

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return ramps."""
        return {"x": ramp(n, self.channels, self.image_size)}


def told(size: Size) -> str:
    """Write a size for messages."""
    return f"{as_text(size)} pixels"
