"""Numbers of resizing: whether images are smaller ones made larger, and how strong their fine detail is."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from .evidence import Evidence

SHARES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)  # of a side, that an image may have had before
FILTERS = ("nearest", "bilinear", "bicubic")
PIXELS = 1 << 20  # in all, that are looked at
VISIBLE = 2.0  # grey levels that training images must lose, for a generated one's loss to say anything
FINE = 0.5  # of the highest frequency: what is fine detail from there on


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure what is left of images beside the nearest ones that are smaller images made larger.

    Images of ``s`` pixels that a linear filter made larger lie in a space of ``s`` dimensions a side, from which only
    rounding takes them. ``enlarged`` is what of the generated images lies outside of it, in grey levels, over the same
    of training images, where that is least. ``detail`` is the share of power in frequencies above ``FINE`` of the
    highest, over that of training images.
    """
    if not evidence.are_images or min(evidence.generated.shape[2:]) < 4:
        return {}
    fake, real = (_some(images) for images in (evidence.generated, evidence.training))
    numbers: dict[str, float] = {}
    for size, kind, (rows, columns) in _spaces(fake.shape[2], fake.shape[3]):
        lost, lost_real = (_lost(images, rows, columns) for images in (fake, real))
        if lost_real >= VISIBLE and lost / lost_real < numbers.get("enlarged", float("inf")):
            numbers |= {"enlarged": lost / lost_real, "enlarged_from": float(size)}
            numbers["enlarged_by"] = float(FILTERS.index(kind))
    detail, detail_real = _detail(fake), _detail(real)
    if detail_real > 0:
        numbers["detail"] = detail / detail_real
    return numbers


def _some(images: Tensor) -> Tensor:
    n = max(1, PIXELS // (images.shape[1] * images.shape[2] * images.shape[3]))
    return images[torch.randperm(len(images), generator=torch.Generator().manual_seed(4))[:n]].double()


def _spaces(height: int, width: int) -> Iterator[tuple[int, str, tuple[Tensor, Tensor]]]:
    """Yield the height before, the filter, and the projections of columns and rows on what it makes of them."""
    seen = set()
    for share in SHARES:
        sides = (max(2, round(height * share)), max(2, round(width * share)))
        if sides in seen or sides[0] >= height or sides[1] >= width:
            continue
        seen.add(sides)
        for kind in FILTERS:
            yield sides[0], kind, (_projection(sides[0], height, kind), _projection(sides[1], width, kind))


def _projection(before: int, after: int, kind: str) -> Tensor:
    unit = torch.eye(before, dtype=torch.float64)[:, None, :, None]
    aligned = None if kind == "nearest" else False
    made: Tensor = interpolate(unit.expand(-1, -1, -1, 2), (after, 2), mode=kind, align_corners=aligned)[:, 0, :, 0].T
    projection: Tensor = made @ torch.linalg.pinv(made)
    return projection


def _lost(images: Tensor, rows: Tensor, columns: Tensor) -> float:
    return float((images - rows @ images @ columns).square().mean().sqrt())


def _detail(images: Tensor) -> float:
    """Return the share of variance about each image's mean that lies in high frequencies, by the cosine transform."""
    centred = images - images.mean(dim=(2, 3), keepdim=True)
    height, width = images.shape[2:]
    power = (_cosines(height) @ centred @ _cosines(width).T).square().mean(dim=(0, 1))
    u, v = (torch.arange(n, dtype=torch.float64) / (n - 1) for n in (height, width))
    high = torch.maximum(u[:, None], v[None, :]) > FINE
    return float(power[high].sum() / power.sum().clamp(min=1e-12))


def _cosines(n: int) -> Tensor:
    """Return the orthonormal cosine transform of ``n`` numbers, ``(n, n)``."""
    k, x = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)[None]
    basis: Tensor = (torch.pi * (x + 0.5) * k / n).cos() * (2 / n) ** 0.5
    basis[0] /= 2**0.5
    return basis
