"""The share of generated images that show what was said."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric


class CaptionAccuracy(Metric):
    """Per cent of generated images in which a classifier sees what it sees in the real image of the caption asked for.

    It is R-precision at R = 1 whose candidates are the classifier's classes: of ten digits a tenth are right by chance.
    The floor, that of real images paired at random, is that chance, and real images of the same row have 100.

    Source: arXiv:1711.10485, sec. 4.
    Departs: there an encoder trained on images and captions ranks the caption of the image among 99 others; here an
        image classifier stands for it, which is told nothing of sentences, and says nothing of what is not a class.
    """

    reads = frozenset({"logits"})
    better = "higher"
    paired = True

    def label(self, extractor: str) -> str:
        """Return such as ``captions % [digits]``."""
        return f"captions % [{extractor}]"

    def states(self, n_fake: int, n_real: int) -> str:
        """State how many there are, and the floor's meaning."""
        return f"of {n_fake:,} images, by the class of the real image of the same caption; the floor is that of chance"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Keep the class of each image, ``(N, 1)`` int64."""
        return {"class": seen["logits"].argmax(1, keepdim=True)}

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Take the standard error of the mean over the images."""
        right = _right(fake, real)
        return 100 * float(right.std(correction=0)) / math.sqrt(len(right))

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the share in per cent.

        Raises:
            MetricError: the sets have different numbers of images.
        """
        return 100 * float(_right(fake, real).mean())


def _right(fake: dict[str, Tensor], real: dict[str, Tensor]) -> Tensor:
    one, other = fake["class"].cpu(), real["class"].cpu()
    if len(one) != len(other):
        raise MetricError(
            f"caption-accuracy compares each generated image with the real one of its caption, and there are "
            f"{len(one):,} and {len(other):,}: leave it out of --metrics"
        )
    return (one == other)[:, 0].to(torch.float64)
