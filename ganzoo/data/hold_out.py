"""Data cut from the training data and held out from them, where a dataset has no such part of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..errors import DataError
from ..interfaces.data import Images
from ..interfaces.modality import Rows
from ..storage.cache import Cache
from . import version1
from .data_set import DataSet
from .packed import Decoded, Source, load, pack, with_held_out

if TYPE_CHECKING:
    from ..registry.registry import Registry

_SEED = 0
# Raise it when the same share begins to mean others.
_RULE = 1


def hold_out(kept: DataSet, share: float, cache: Cache, registry: Registry) -> DataSet:
    """Hold a share of the data out, the same ones every time.

    What is left is another set, of another hash and of the name with ``-minus-SHARE`` behind it, so that its numbers
    are not taken for those of the whole. Fields that are dealt together stay together, conditions with their samples.

    Args:
        kept: all the training data; a held-out part of their own is put in the shade.
        share: above 0 and below 1.
        cache: where both parts go.
        registry: knows the modality.

    Raises:
        DataError: the share is out of range, or too few are there to be cut so.
        SetupError: nothing can be written.
    """
    if not 0 < share < 1:
        raise DataError(
            f"the share of the data to hold out is {share:g}, and must lie between 0 and 1; use --hold-out 0.1"
        )
    key = json.dumps(["hold-out", _RULE, kept.hash, share])

    def part(which: int, name: str, text: str) -> DataSet:
        source = Source(
            name=name,
            extractor=kept.extractor,
            metrics=kept.metrics,
            samples=kept.samples,
            text=text,
            fingerprint=hashlib.sha256(f"{key} {which}".encode()).hexdigest(),
            read=lambda: Decoded(_part(kept, share, which, registry)),
        )
        return pack(source, cache)

    held_out = part(1, f"{kept.name}-held-out-{share:g}", f"{share:g} of {kept.source}")
    left = part(0, f"{kept.name}-minus-{share:g}", f"{kept.source}, without the {held_out.n:,} held out")
    left = replace(left, skipped=kept.skipped, notes=kept.notes, left_out=kept.left_out)
    return with_held_out(left, held_out)


def _part(kept: DataSet, share: float, which: int, registry: Registry) -> Images | Rows:
    """Return what stays (0) or is held out (1)."""
    fields = load(kept)
    if version1.is_one(kept.modality_name):
        chosen = _chosen(kept, fields, {"row": list(fields)}, share, which)
        return Images(chosen["x"], chosen.get("y"), kept.classes)
    modality = kept.modality(registry)
    indices: dict[str, list[str]] = {}
    for name, index in modality.deal(fields, _SEED).by.items():
        if name not in modality.whole:
            indices.setdefault(index, []).append(name)
    chosen = {name: tensor.numpy() for name, tensor in fields.items()} | _chosen(kept, fields, indices, share, which)
    return Rows(modality, chosen, kept.classes)


def _chosen(
    kept: DataSet, fields: Mapping[str, Tensor], indices: Mapping[str, list[str]], share: float, which: int
) -> dict[str, np.ndarray]:
    """Cut the fields of each index together; they are given by the index's name."""
    found: dict[str, np.ndarray] = {}
    for names in indices.values():
        n = min(len(fields[name]) for name in names)
        labels = fields["y"].numpy() if "y" in names and kept.classes else None
        chosen = cut(n, labels, share)[which]
        if not len(chosen):
            one, more = ("image", "images") if kept.place == version1.PLACE else ("row", "rows")
            raise DataError(
                f"a share of {share:g} of the {kept.described} of {kept.name} is no {one} at all; "
                f"give a larger --hold-out, or more {more}"
            )
        found |= {name: fields[name].numpy()[chosen] for name in names}
    return found


def cut(n: int, labels: np.ndarray | None, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Divide ``n`` images into those that stay, in their order, and those held out, in random order.

    With labels each class gives the share of its own images, rounded so that the sum is right (largest remainders, of
    equal ones that of the lower label), but never its last one.

    Args:
        n: how many images there are.
        labels: ``(n,)`` int64, or None.
        share: of the images to hold out.
    """
    order = np.random.RandomState(_SEED).permutation(n)  # whose stream numpy has promised never to change
    if labels is None:
        chosen = order[: min(round(share * n), n - 1)]
    else:
        sizes = np.bincount(labels)
        by_class = np.argsort(labels[order], kind="stable")
        firsts = np.cumsum(sizes) - sizes
        taken = [by_class[first : first + k] for first, k in zip(firsts, _quotas(sizes, share), strict=True)]
        chosen = order[np.sort(np.concatenate(taken))]
    stays = np.ones(n, dtype=bool)
    stays[chosen] = False
    return np.flatnonzero(stays), chosen


def _quotas(sizes: np.ndarray, share: float) -> np.ndarray:
    """Count the images that each class gives."""
    exact = sizes * share
    quotas = np.floor(exact).astype(np.int64)
    missing = round(int(sizes.sum()) * share) - int(quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:missing]] += 1
    most: np.ndarray = np.minimum(quotas, np.maximum(sizes - 1, 0))
    return most
