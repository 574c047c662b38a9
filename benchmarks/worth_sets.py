"""Sets of images that are worse than real ones by a known amount, and a picture of curves. No script: `worth.py`."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import conv2d, pad

from ganzoo.drawing import GENERATED, INK, REAL, RULE, SOFT, blank, png_bytes, round_step

CROP = 128  # pixels a side, of the crops of photographs
WIDTH, HEIGHT, ACROSS = 560, 400, 3  # of a panel, and panels beside each other
LEFT, TOP, RIGHT, BOTTOM, TEXT = 90, 64, 24, 56, 24


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Blur uint8 ``(N, C, H, W)`` by a Gaussian of so many pixels; edges are reflected."""
    radius = min(math.ceil(3 * sigma), images.shape[-1] - 1)
    at = torch.arange(-radius, radius + 1, dtype=torch.float32)
    kernel = torch.exp(-at.square() / (2 * sigma**2))
    kernel /= kernel.sum()
    planes = images.float().flatten(0, 1)[:, None]
    across = conv2d(pad(planes, (radius, radius, 0, 0), mode="reflect"), kernel.view(1, 1, 1, -1))
    down = conv2d(pad(across, (0, 0, radius, radius), mode="reflect"), kernel.view(1, 1, -1, 1))
    return down.view(images.shape).round().clamp(0, 255).to(torch.uint8)


def noisy(images: Tensor, spread: float) -> Tensor:
    """Add Gaussian noise of a standard deviation in grey levels of 255, drawn anew for each number."""
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    return (images + spread * noise).round().clamp(0, 255).to(torch.uint8)


def compressed(images: Tensor, quality: float) -> Tensor:
    """Write each image as a JPEG of a quality, and read it back."""

    def once(image: Tensor) -> Tensor:
        file = io.BytesIO()
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(file, "JPEG", quality=round(quality))
        return torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1)

    return torch.stack([once(image) for image in images])


@dataclass(frozen=True)
class Damage:
    """Damage done to images, from little to much.

    Attributes:
        unit: of its levels.
        levels: of the least damage first; none of them is no damage.
        apply: images and a level -> images.
    """

    unit: str
    levels: tuple[float, ...]
    apply: Callable[[Tensor, float], Tensor]


DAMAGES = {
    "blur": Damage("standard deviation in pixels", (0.5, 0.75, 1.0, 2.0), blurred),
    "noise": Damage("standard deviation in grey levels", (4, 8, 16, 32), noisy),
    "JPEG": Damage("quality", (75, 50, 25, 10), compressed),
}


def classes_kept(labels: Tensor) -> dict[int, Tensor]:
    """Places of equally many images of all classes, and of ever fewer: 8, 5 and 2 of 10."""
    known = labels.unique().tolist()
    counts = sorted({max(1, round(share * len(known))) for share in (1.0, 0.8, 0.5, 0.2)}, reverse=True)
    places = {k: torch.isin(labels, torch.tensor(known[:k])).nonzero().flatten() for k in counts}
    n = min(map(len, places.values()))
    mixed = torch.Generator().manual_seed(0)
    return {k: found[torch.randperm(len(found), generator=mixed)[:n]] for k, found in places.items()}


def repeated(n: int) -> dict[int, Tensor]:
    """Places of ``n`` images of which fewer and fewer are different: half, a fifth, a twentieth."""
    return {k: torch.arange(n) % k for k in (n // 2, n // 5, n // 20)}


def crops(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Squares at random places of the two photographs that scikit-learn carries, and which of them each is of."""
    from sklearn.datasets import load_sample_images

    photographs = [torch.from_numpy(image.copy()).permute(2, 0, 1) for image in load_sample_images().images]
    draw = torch.Generator().manual_seed(seed)
    found = []
    for i in range(n):
        image = photographs[i % len(photographs)]
        top, left = (int(torch.randint(size - CROP + 1, (), generator=draw)) for size in image.shape[1:])
        found.append(image[:, top : top + CROP, left : left + CROP])
    return torch.stack(found), torch.arange(n) % len(photographs)


# -- the picture -------------------------------------------------------------------------------------------------------


def curves_png(panels: Mapping[str, Sequence[tuple[str, float]]], floors: Mapping[str, float]) -> bytes:
    """Draw panels of values by level, side by side, each with a grey line at what undamaged images have.

    Args:
        panels: by title: levels as text, with their values.
        floors: by title: the value of undamaged images.
    """
    rows = math.ceil(len(panels) / ACROSS)
    picture, draw = blank(WIDTH * ACROSS, HEIGHT * rows, TEXT)
    for i, (title, points) in enumerate(panels.items()):
        x0, y0 = WIDTH * (i % ACROSS), HEIGHT * (i // ACROSS)
        left, right, top, bottom = x0 + LEFT, x0 + WIDTH - RIGHT, y0 + TOP, y0 + HEIGHT - BOTTOM
        high = 1.08 * max(floors[title], *(value for _, value in points)) or 1.0

        def height(value: float, bottom: int = bottom, top: int = top, high: float = high) -> int:
            return round(bottom - (bottom - top) * value / high)

        draw.text((left, y0 + 16), title, INK)
        step = round_step(high)
        for tick in range(math.floor(high / step) + 1):
            y = height(tick * step)
            draw.line((left, y, right, y), RULE, 2)
            draw.text((left - 12, y), f"{tick * step:g}", SOFT, anchor="rm")
        y = height(floors[title])
        draw.line((left, y, right, y), REAL, 4)
        apart = (right - left) / len(points)
        at = [(round(left + apart * (j + 0.5)), height(value)) for j, (_, value) in enumerate(points)]
        draw.line([xy for point in at for xy in point], GENERATED, 5)
        for (x, y), (level, _) in zip(at, points, strict=True):
            draw.ellipse((x - 8, y - 8, x + 8, y + 8), GENERATED)
            draw.text((x, bottom + 10), level, SOFT, anchor="ma")
    return png_bytes(picture, colours=24)
