"""Numbers of lossy compression: how much images change when they are written as JPEG once more."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import pad

from .evidence import Evidence

QUALITIES = range(20, 97)
NEXT = 7  # qualities aside, whose change that of a quality is compared with
PIXELS = 1 << 16  # in all, that are written
_SUBSAMPLED = {1: (0,), 3: (0, 2)}  # as Pillow counts: 4:4:4 and 4:2:0


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure at which quality writing images as JPEG changes them far less than at qualities nearby.

    An image that was written once hardly changes when it is written so again, since its coefficients are multiples of
    the table's already. ``jpeg_dip`` is the change in grey levels over the geometric mean of those ``NEXT`` qualities
    below and above, at the quality where that is least; ``jpeg_dip_real`` is the same of training images there.

    Source: the idea is that of H. Farid, "Exposing digital forgeries from JPEG ghosts", IEEE TIFS 4 (2009).
    """
    if not evidence.are_images or evidence.generated.shape[1] not in _SUBSAMPLED:
        return {}
    block = 8 if evidence.generated.shape[1] == 1 else 16
    if min(evidence.generated.shape[2:]) < block or min(len(evidence.generated), len(evidence.training)) < 1:
        return {}
    dips = []
    for subsampled in _SUBSAMPLED[evidence.generated.shape[1]]:
        change = _changes(evidence.generated, block, subsampled)
        dips += [(_dip(change, quality), quality, subsampled) for quality in QUALITIES]
    dip, quality, subsampled = min(dips)
    real = _dip(_changes(evidence.training, block, subsampled), quality)
    return {"jpeg_dip": dip, "jpeg_dip_real": real, "jpeg_quality": float(quality)}


def _changes(images: Tensor, block: int, subsampled: int) -> Callable[[int], float]:
    n = max(1, min(len(images), PIXELS // (images.shape[2] * images.shape[3])))
    few = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(3))[:n]]
    mosaic, kept = _mosaic(few, block)

    @cache
    def change(quality: int) -> float:
        again = _written(mosaic, quality, subsampled).astype(np.float64)
        return float(np.sqrt(np.square(again - mosaic)[kept].mean()))

    return change


def _dip(change: Callable[[int], float], quality: int) -> float:
    least = 0.05  # grey levels; what rounding alone leaves
    around = (change(quality - NEXT) + least) * (change(min(100, quality + NEXT)) + least)
    return float((change(quality) + least) / around**0.5)


def _mosaic(images: Tensor, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Lay images side by side, each filled up to whole blocks; and which pixels lie in blocks that are its own."""
    height, width = images.shape[2:]
    more = (-height % block, -width % block)
    whole = pad(images.float(), (0, more[1], 0, more[0]), mode="replicate").to(torch.uint8)
    own = torch.zeros(whole.shape[2:], dtype=torch.bool)
    own[: height // block * block, : width // block * block] = True
    columns = max(1, int(len(images) ** 0.5))
    rows = -(-len(images) // columns)
    empty = rows * columns - len(images)
    whole = torch.cat((whole, whole[:1].expand(empty, -1, -1, -1)))
    laid = whole.view(rows, columns, *whole.shape[1:]).permute(0, 3, 1, 4, 2).flatten(0, 1).flatten(1, 2)
    kept = own.repeat(rows, columns)
    return laid.squeeze(-1).numpy(), kept.numpy()


def _written(mosaic: np.ndarray, quality: int, subsampled: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(mosaic).save(file, "JPEG", quality=quality, subsampling=subsampled)
    return np.asarray(Image.open(file))
