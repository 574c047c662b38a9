"""Images as a modality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.drawing import grid_png
from ganzoo.interfaces import Modality, Row, Size
from ganzoo.interfaces.size import as_text, sides, size_of
from ganzoo.layers import coins, mirrored, to_bytes, to_unit
from ganzoo.samples import Sample, each, leaves

from .labels import class_indices
from .pixels import dequantized

SMALLEST = 16  # pixels of images that stand for larger ones


@dataclass(frozen=True)
class ImageModality(Modality):
    """Images of one size. Fields: ``x``, ``(N, C, H, W)`` uint8; with labels ``y``, ``(N,)`` int64.

    They play in [-1, 1].

    Attributes:
        image_size: height and width in pixels: one number for squares, else both.
        channels: 1 for grey, 3 for RGB.
        num_classes: how many labels there are; 0 for none.
    """

    name: ClassVar[str] = "images"
    called: ClassVar[str] = "images"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "num_classes"})
    extractor: ClassVar[str] = "inception"
    metrics: ClassVar[tuple[str, ...]] = ("fid", "is")
    mirrored: ClassVar[bool] = True
    quantised: ClassVar[bool] = True
    beside_real: ClassVar[bool] = False

    image_size: Size = 32
    channels: int = 3
    num_classes: int = 0

    def __post_init__(self) -> None:
        """Write the size as networks are given it, one number for squares."""
        height, width = self.sides
        object.__setattr__(self, "image_size", size_of(height, width))

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = sides(self.image_size)
        return height, width

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``image_size``, ``channels`` and ``num_classes``, 0 where the game sees no labels."""
        classes = self.num_classes if conditional else 0
        return {"image_size": self.image_size, "channels": self.channels, "num_classes": classes}

    def narrower(self) -> tuple[tuple[Modality, str], ...]:
        """Return the square of a rectangle's shorter side, which is all that some networks play."""
        height, width = self.sides
        if height == width:
            return ()
        side = min(height, width)
        clause = (
            f"takes square images only, and these are {as_text(self.image_size)}: "
            f"--size {side} --crop center makes them square"
        )
        return ((replace(self, image_size=side), clause),)

    def smaller(self) -> tuple[Modality, ...]:
        """Halves of it, down to 16 pixels."""
        found: list[Modality] = []
        height, width = self.sides
        while min(height, width) >= 2 * SMALLEST and height % 2 == width % 2 == 0:
            height, width = height // 2, width // 2
            found.append(replace(self, image_size=(height, width)))
        return tuple(reversed(found))

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """Return images in [-1, 1] and their labels; see ``Modality.play``."""
        x = row["x"]
        draws = None if noise is None else torch.rand(x.shape, device=x.device, generator=noise)
        real = to_unit(x) if draws is None else dequantized(x, draws)
        return (mirrored(real, coins(len(real), rng)) if flips else real), self.condition(row)

    def rest(self, sample: Sample) -> Sample:
        """Return images in [-1, 1] as bytes."""
        rested: Sample = each(to_bytes, sample)
        return rested

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return grey ramps, each a little brighter than the one before, with the labels in turn."""
        shape = (self.channels, *self.sides)
        ramp = torch.linspace(0, 200, shape[0] * shape[1] * shape[2]).view(1, *shape)
        x = (ramp + torch.arange(n).view(n, 1, 1, 1) * 5 % 50).to(torch.uint8)
        return {"x": x} | class_indices(n, self.num_classes)

    @classmethod
    def tried(cls) -> tuple[tuple[str, Modality], ...]:
        """Return small squares, grey and in colour, with labels."""
        shapes = [(size, channels) for size in (8, 28, 32) for channels in (1, 3)]
        return tuple((f"size {size}", cls(size, channels, 10)) for size, channels in shapes)

    def wider(self) -> tuple[tuple[str, Modality], ...]:
        """Return images twice as high, and twice as wide."""
        height, width = self.sides
        sizes = ((2 * height, width), (height, 2 * width))
        return tuple(("rectangles", replace(self, image_size=size)) for size in sizes)

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``60,000 images of 28x28x1``."""
        height, width = self.sides
        return f"{len(fields['x']):,} images of {height}x{width}x{self.channels}"

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Draw generated images side by side."""
        return grid_png(_one(fake).numpy())

    def ways(self, fake: Sample, steps: int) -> bytes | None:
        """Draw a way in each row."""
        return grid_png(_one(fake).numpy(), steps)

    def as_images(self, sample: Sample) -> Tensor | None:
        """Return the images as they are."""
        return _one(sample)

    def arrays(self, sample: Sample) -> dict[str, Tensor]:
        """Return ``images``, uint8 ``(N, C, H, W)``."""
        return {"images": _one(sample)}


def _one(images: Sample) -> Tensor:
    [tensor] = leaves(images)
    return tensor
