"""A stranger's game in one file: the depth map of a photograph, with data and a number, played by parts of the zoo."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from ganzoo.drawing import columns
from ganzoo.interfaces import Dataset, Metric, Modality, Rows
from ganzoo.layers import coins, mirrored, to_bytes, to_unit


@dataclass(frozen=True)
class DepthPairs(Modality):
    """A photograph `y`, `(N, 3, H, W)` uint8, and depth `x` in metres, `(N, 1, H, W)` float32."""

    name: ClassVar[str] = "depth-pairs"
    called: ClassVar[str] = "depth maps"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "given_channels"})
    metrics: ClassVar[tuple[str, ...]] = ("abs-rel",)
    pictured: ClassVar[int] = 12
    mirrored: ClassVar[bool] = True

    image_size: int = 16
    near: float = 1.0
    far: float = 10.0

    def offers(self, *, conditional):
        return {"image_size": self.image_size, "channels": 1, "given_channels": 3}

    def play(self, row, *, flips, rng, noise=None):
        x, y = (row["x"] - self.near) / (self.far - self.near) * 2 - 1, self.condition(row)
        if flips:
            turned = coins(len(x), rng)
            x, y = mirrored(x, turned), mirrored(y, turned)
        return x, y

    def condition(self, row):
        return to_unit(row["y"])

    def rest(self, sample):
        return (sample.float() + 1) / 2 * (self.far - self.near) + self.near

    def example(self, n=2):
        side = self.image_size
        x = torch.linspace(self.near, self.far, n * side * side).view(n, 1, side, side)
        return {"x": x, "y": torch.arange(n * 3 * side * side).view(n, 3, side, side).to(torch.uint8)}

    def described(self, fields):
        return f"{len(fields['x']):,} depth maps of {self.image_size}x{self.image_size}"

    def as_images(self, sample):
        return to_bytes((sample - self.near) / (self.far - self.near) * 2 - 1)

    def picture(self, fake, real, y):
        shown = {"given": None if y is None else to_bytes(y), "made": self.as_images(fake)}
        shown["true"] = None if real is None else self.as_images(real)
        there = {title: images.cpu().numpy() for title, images in shown.items() if images is not None}
        return columns([*there.values()], [*there])

    def picture_of_data(self, real, y):
        return columns([to_bytes(y).cpu().numpy(), self.as_images(real).cpu().numpy()], ["given", "true"])


class DepthShapes(Dataset):
    """Three boxes before a wall, darker the farther they are."""

    def read(self, paths):
        return rendered(96, 0)

    def read_held_out(self, paths):
        return rendered(32, 1)


def rendered(n, seed, side=16):
    rng = np.random.default_rng(seed)
    depth, colour = np.full((n, 1, side, side), 10, np.float32), np.ones((n, 3, side, side), np.float32)
    for i in range(n):
        for far in sorted(rng.uniform(1.5, 9, 3), reverse=True):
            top, left = rng.integers(0, side - 6, 2)
            box = np.s_[top : top + 6, left : left + 6]
            depth[i, 0][box], colour[i][:, *box] = far, rng.uniform(0.6, 1, (3, 1, 1))
    pixels = 255 * colour * np.minimum(1, 2 / depth)
    return Rows(DepthPairs(side), {"x": depth, "y": pixels.astype(np.uint8)})


class AbsRel(Metric):
    """Mean over pixels of |made - true| / true (arXiv:1406.2283, sec. 4)."""

    reads = frozenset({"abs-rel"})
    paired = True

    def look(self, sample, target):
        return {"abs-rel": ((sample - target).abs() / target).flatten(1).mean(1, keepdim=True)}

    def label(self, extractor):
        return "AbsRel"

    def summarise(self, seen):
        return {"mean": seen["abs-rel"].double().mean(0)}

    def compare(self, fake, real):
        return float(fake["mean"])
