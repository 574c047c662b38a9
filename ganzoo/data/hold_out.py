"""Images cut from the training images and held out from them, where a dataset has no such part of its own."""

import hashlib
import json
from dataclasses import replace

import numpy as np

from ..errors import DataError
from ..interfaces.data import Images
from ..storage.cache import Cache
from .image_set import ImageSet
from .packed import Decoded, Source, load, pack, with_held_out

_SEED = 0
# Raise it when the same share begins to mean other images.
_RULE = 1


def hold_out(images: ImageSet, share: float, cache: Cache) -> ImageSet:
    """Hold a share of the images out, the same ones every time.

    What is left is another set, of another hash and of the name with ``-minus-SHARE`` behind it, so that its numbers
    are not taken for those of the whole.

    Args:
        images: all the training images; a held-out part of their own is put in the shade.
        share: above 0 and below 1.
        cache: where both parts go.

    Raises:
        DataError: the share is out of range, or too few images are there to be cut so.
        SetupError: nothing can be written.
    """
    if not 0 < share < 1:
        raise DataError(
            f"the share of images to hold out is {share:g}, and must lie between 0 and 1; use --hold-out 0.1"
        )
    key = json.dumps(["hold-out", _RULE, images.hash, share])

    def part(which: int, name: str, text: str) -> ImageSet:
        def read() -> Decoded:
            pixels, labels = load(images)
            known = None if labels is None else labels.numpy()
            chosen = cut(images.n, known, share)[which]
            if not len(chosen):
                raise DataError(
                    f"a share of {share:g} of the {images.described} of {images.name} is no image at all; "
                    "give a larger --hold-out, or more images"
                )
            kept = None if known is None else known[chosen]
            return Decoded(Images(pixels.numpy()[chosen], kept, images.classes))

        source = Source(
            name=name,
            extractor=images.extractor,
            metrics=images.metrics,
            samples=images.samples,
            text=text,
            fingerprint=hashlib.sha256(f"{key} {which}".encode()).hexdigest(),
            read=read,
        )
        return pack(source, cache)

    held_out = part(1, f"{images.name}-held-out-{share:g}", f"{share:g} of {images.source}")
    left = part(0, f"{images.name}-minus-{share:g}", f"{images.source}, without the {held_out.n:,} held out")
    left = replace(left, skipped=images.skipped, notes=images.notes, left_out=images.left_out)
    return with_held_out(left, held_out)


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
