"""Random projections of feature maps, which learn nothing."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import interpolate

MIXINGS = ("scales", "channels", "none")


class Mixing(nn.Module):
    """Mixes the channels of each map by a random 1x1 convolution, and then neighbouring maps from small to large.

    A map is added to the mixed map of the next smaller size, both are enlarged to the next larger size, bilinearly, and
    pass another random 1x1 convolution. All convolutions are frozen as they are drawn.

    Source: arXiv:2111.01007, sec. 3.2 and fig. 3; widths, and 1x1 convolutions behind the enlarging in place of the
        residual 3x3 ones of the paper, are those of the authors' code.

    Args:
        shapes: ``(C, H, W)`` of each map, large to small.
        width: channels of the first map, and twice as many with each.
        mixing: ``scales``: both; ``channels``: channels alone; ``none``: maps as they are.

    Attributes:
        shapes: of what it gives, likewise.
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], width: int, mixing: str) -> None:
        super().__init__()
        self.channels, self.scales = nn.ModuleList(), nn.ModuleList()
        self.shapes = list(shapes)
        if mixing != "none":
            widths = [width << i for i in range(len(shapes))]
            self.channels.extend(nn.Conv2d(shape[0], made, 1) for shape, made in zip(shapes, widths, strict=True))
            self.shapes = [(made, *shape[1:]) for shape, made in zip(shapes, widths, strict=True)]
        if mixing == "scales":
            made = [width, *(width << i for i in range(len(shapes) - 1))]
            self.scales.extend(nn.Conv2d(width << i, made[i], 1) for i in range(len(shapes)))
            largest = (2 * shapes[0][1], 2 * shapes[0][2])
            sizes = [largest, *(shape[1:] for shape in shapes[:-1])]
            self.shapes = [(channels, *size) for channels, size in zip(made, sizes, strict=True)]
        self.requires_grad_(False)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps, large to small, each ``(B, C, H, W)`` -> as many."""
        mixed = [layer(x) for layer, x in zip(self.channels, maps, strict=True)] if self.channels else list(maps)
        if not self.scales:
            return mixed
        smaller: Tensor | None = None
        for i in reversed(range(len(mixed))):
            h = mixed[i] if smaller is None else mixed[i] + smaller
            h = interpolate(h, self.shapes[i][1:], mode="bilinear", align_corners=True)
            smaller = mixed[i] = self.scales[i](h)
        return mixed
